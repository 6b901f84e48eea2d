import type { DataSource } from 'typeorm';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { CounterOutbox } from '../entities/counter-outbox.entity.js';
import type { DatabaseCalls } from '../sql/database-calls.js';
import { mayCommit, runnerOf } from './open-transaction.js';
import type {
  CountingTransaction,
  Outbox,
  OutboxRow,
  OutboxState,
  RefusedRow,
  TakenRow,
} from './outbox.js';
import type { OutboxStatements } from './outbox-statements.js';
import { refusedRow, stateOf, takenRows } from './taken-row.js';

interface OutboxDependencies {
  database: DatabaseCalls;
  dialect: SqlDialect;
  statements: OutboxStatements;
}

export class SqlOutbox implements Outbox {
  // its options hold the password: a private name is not printed
  readonly #dataSource: DataSource;
  private readonly database: DatabaseCalls;
  private readonly dialect: SqlDialect;
  private readonly statements: OutboxStatements;
  private found = false;

  constructor(
    dataSource: DataSource,
    { database, dialect, statements }: OutboxDependencies,
    private readonly namespace: string,
  ) {
    this.#dataSource = dataSource;
    this.database = database;
    this.dialect = dialect;
    this.statements = statements;
  }

  async exists(): Promise<boolean> {
    this.found ||= await this.database.step(
      (it) => this.dialect.hasTable(it, CounterOutbox),
      'spare',
    );
    return this.found;
  }

  async add(transaction: CountingTransaction, rows: readonly OutboxRow[]): Promise<() => boolean> {
    const runner = runnerOf(transaction, this.#dataSource);
    try {
      const connection = this.dialect.connectionOver(await runner.connect(), this.#dataSource);
      await this.statements.insert(connection, this.namespace, rows);
    } catch (error) {
      throw this.database.asOurError(error);
    }
    return () => mayCommit(runner);
  }

  async take(
    which: { ids?: readonly string[]; limit: number },
    by: (row: OutboxRow) => string,
  ): Promise<TakenRow[]> {
    if (which.ids?.length === 0) return [];
    return this.database.transaction(async (connection) => {
      const { statements, namespace } = this;
      const { rows, marks } = takenRows(await statements.lock(connection, namespace, which), by);
      for (const [place, ids] of marks) await statements.mark(connection, namespace, ids, place);
      return rows;
    }, 'spare');
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.database.step((it) => this.statements.remove(it, this.namespace, ids), 'spare');
  }

  async refuse(ids: readonly string[], reason: string): Promise<void> {
    if (ids.length === 0) return;
    await this.database.step((it) => this.statements.refuse(it, this.namespace, ids, reason));
  }

  async refused(after = '', limit: number): Promise<RefusedRow[]> {
    const found = await this.database.step(
      (it) => this.statements.refused(it, this.namespace, after, limit),
      'spare',
    );
    return found.map(refusedRow);
  }

  release(ids: readonly string[]): Promise<number> {
    return this.withRefused(ids, 'release');
  }

  discard(ids: readonly string[]): Promise<number> {
    return this.withRefused(ids, 'remove');
  }

  last(): Promise<string | undefined> {
    return this.database.step((it) => this.statements.last(it, this.namespace), 'spare');
  }

  async state(): Promise<OutboxState> {
    return stateOf(
      await this.database.step((it) => this.statements.state(it, this.namespace), 'spare'),
    );
  }

  private async withRefused(ids: readonly string[], change: 'release' | 'remove'): Promise<number> {
    if (ids.length === 0) return 0;
    return this.database.transaction(async (connection) => {
      const { statements, namespace } = this;
      const refused = await statements.lockRefused(connection, namespace, ids);
      if (refused.length > 0) await statements[change](connection, namespace, refused);
      return refused.length;
    }, 'spare');
  }
}
