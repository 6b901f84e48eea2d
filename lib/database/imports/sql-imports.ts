import type { SqlConnection } from '../dialects/sql-connection.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { CounterImport } from '../entities/counter-import.entity.js';
import type { OutboxStatements } from '../outbox/outbox-statements.js';
import type { DatabaseCalls } from '../sql/database-calls.js';
import type { ImportStatements } from './import-statements.js';
import {
  type CountedOf,
  type EventImports,
  FreshEvents,
  type ImportedEvent,
  type ImportRange,
  PAGE,
  WRITTEN,
} from './imports.js';

interface ImportDependencies {
  database: DatabaseCalls;
  dialect: SqlDialect;
  statements: ImportStatements;
  outbox: Pick<OutboxStatements, 'insert'>;
}

export class SqlImports implements EventImports {
  private found = false;

  constructor(
    private readonly dependencies: ImportDependencies,
    private readonly namespace: string,
  ) {}

  async exists(): Promise<boolean> {
    const { database, dialect } = this.dependencies;
    this.found ||= await database.step((it) => dialect.hasTable(it, CounterImport), 'spare');
    return this.found;
  }

  take(events: readonly ImportedEvent[], countedOf: CountedOf): Promise<number | undefined> {
    const { database } = this.dependencies;
    return database.transaction(async (connection, renew) => {
      const fresh = await this.freshOf(connection, renew, events);
      if (fresh !== undefined && fresh.size > 0) {
        await this.write(connection, renew, fresh, countedOf);
      }
      return fresh?.size;
    }, 'spare');
  }

  private async freshOf(
    connection: SqlConnection,
    renew: () => void,
    events: readonly ImportedEvent[],
  ): Promise<FreshEvents | undefined> {
    const { dialect, statements } = this.dependencies;
    if (!(await dialect.tryLock(connection, `import:${this.namespace}`))) return undefined;
    const fresh = new FreshEvents(events);
    const { begins, ends } = fresh;
    let after: ImportRange['after'];
    while (fresh.size > 0) {
      const range = { begins, ends, after };
      const rows = await statements.overlapping(connection, this.namespace, range);
      for (const { digests } of rows) fresh.drop(digests);
      const last = rows.at(-1);
      if (rows.length < PAGE || last === undefined) break;
      after = { id: last.id, ends: Number(last.ends) };
      renew();
    }
    return fresh;
  }

  private async write(
    connection: SqlConnection,
    renew: () => void,
    fresh: FreshEvents,
    countedOf: CountedOf,
  ): Promise<void> {
    const { statements, outbox } = this.dependencies;
    for (const row of fresh.rows()) await statements.insert(connection, this.namespace, row);
    const rows = countedOf(fresh.has);
    for (let from = 0; from < rows.length; from += WRITTEN) {
      await outbox.insert(connection, this.namespace, rows.slice(from, from + WRITTEN));
      renew();
    }
  }
}
