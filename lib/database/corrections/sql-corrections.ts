import type { SqlConnection } from '../dialects/sql-connection.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { kindsOf, withoutBuckets } from '../closing/closed-parts.js';
import type { SqlClosedRows } from '../closing/sql-closed-rows.js';
import { CounterCorrection } from '../entities/counter-correction.entity.js';
import type { OutboxRow } from '../outbox/outbox.js';
import type { OutboxStatements } from '../outbox/outbox-statements.js';
import type { DatabaseCalls } from '../sql/database-calls.js';
import type { CorrectionStatements } from './correction-statements.js';
import {
  type CorrectionPlace,
  type CorrectionQuery,
  type CorrectionRow,
  type Corrections,
  correctionOf,
  type MadeCorrection,
  type NewCorrection,
} from './corrections.js';

interface CorrectionDependencies {
  database: DatabaseCalls;
  dialect: SqlDialect;
  statements: CorrectionStatements;
  outbox: Pick<OutboxStatements, 'insert'>;
  closedRows: SqlClosedRows;
}

export class SqlCorrections implements Corrections {
  private found = false;

  constructor(
    private readonly dependencies: CorrectionDependencies,
    private readonly namespace: string,
  ) {}

  async exists(): Promise<boolean> {
    const { database, dialect } = this.dependencies;
    this.found ||= await database.step((it) => dialect.hasTable(it, CounterCorrection), 'spare');
    return this.found;
  }

  make(row: NewCorrection, counted: readonly OutboxRow[], known?: number): Promise<MadeCorrection> {
    const { database } = this.dependencies;
    return database.transaction((it) => this.makeIn(it, row, counted, known), 'spare');
  }

  count(name: string): Promise<number> {
    const { database, statements } = this.dependencies;
    return database.step((it) => statements.count(it, this.namespace, name), 'spare');
  }

  async find(place: CorrectionPlace): Promise<CorrectionRow | undefined> {
    const { database, statements } = this.dependencies;
    const row = await database.step((it) => statements.find(it, this.namespace, place), 'spare');
    return row && correctionOf(row);
  }

  async list(query: CorrectionQuery): Promise<CorrectionRow[]> {
    const { database, statements } = this.dependencies;
    const rows = await database.step((it) => statements.list(it, this.namespace, query), 'spare');
    return rows.map(correctionOf);
  }

  /** The transaction of `make()`. */
  private async makeIn(
    connection: SqlConnection,
    given: NewCorrection,
    counted: readonly OutboxRow[],
    known: number | undefined,
  ): Promise<MadeCorrection> {
    const { namespace } = this;
    const { dialect, statements, outbox, closedRows } = this.dependencies;
    if (known !== undefined) {
      const isAlone = await dialect.tryLock(connection, `correct:${namespace}:${given.name}`);
      if (!isAlone || (await statements.count(connection, namespace, given.name)) !== known) {
        return { status: 'overtaken' };
      }
    }
    // until this is committed, no window is closed, and no batch takes what a row held before
    await closedRows.lock(connection, 'alone');
    const parts = await closedRows.closedOf(connection, counted);
    const row: CorrectionRow = { ...given, closed: kindsOf(parts) };
    if (!(await statements.insert(connection, namespace, row))) {
      const found = await statements.find(connection, namespace, row);
      // it was removed just now, by somebody who may remove it
      return found === undefined
        ? { status: 'overtaken' }
        : { status: 'repeated', row: correctionOf(found) };
    }
    const closed = await closedRows.correct(connection, parts);
    const others = withoutBuckets(counted, closed);
    if (others.length > 0) await outbox.insert(connection, namespace, others);
    return { status: 'made', closed };
  }
}
