import type { DataSource } from 'typeorm';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { CounterClosing } from '../entities/closing.entities.js';
import type { OutboxRow } from '../outbox/outbox.js';
import type { OutboxStatements } from '../outbox/outbox-statements.js';
import type { DatabaseCalls } from '../sql/database-calls.js';
import { carriedRows, closingOf, lateOf, lateRows, takenBack } from './closing-rows.js';
import {
  addToClosed,
  type CorrectedPart,
  type Differing,
  type FoundClosing,
  type FoundLate,
  insertClosing,
  insertLate,
  keepNumbers,
  selectClosings,
  selectDiffering,
  selectLate,
  type Written,
} from './closing-statements.js';
import { baseOf, bucketOf, partsOfRows } from './corrected-windows.js';
import {
  type ClosedRange,
  type ClosedWindow,
  type Closing,
  type Closings,
  type LateRow,
  rangeOf,
} from './closings.js';
import { mysqlValues, postgresValues } from './written-values.js';

interface ClosingsDependencies {
  database: DatabaseCalls;
  dialect: SqlDialect;
  outbox: OutboxStatements;
}

export class SqlClosings implements Closings {
  // its options hold the password: a private name is not printed
  readonly #dataSource: DataSource;
  private found = false;

  constructor(
    dataSource: DataSource,
    private readonly dependencies: ClosingsDependencies,
    private readonly namespace: string,
  ) {
    this.#dataSource = dataSource;
  }

  async exists(): Promise<boolean> {
    const { database, dialect } = this.dependencies;
    this.found ||= await database.step((it) => dialect.hasTable(it, CounterClosing), 'spare');
    return this.found;
  }

  close(closed: ClosedWindow, id: string, by: string): Promise<Closing> {
    const of = { name: closed.name, range: rangeOf(closed) };
    return this.dependencies.database.transaction(async (it) => {
      await this.query(it, (w) => insertClosing(w, closed, id, by));
      const [row] = await this.query<FoundClosing>(it, (w) => selectClosings(w, of));
      const closing = row && closingOf(row);
      if (closing === undefined) throw new Error('The closing that was written is gone');
      if (closing.id === id) await this.query(it, (w) => keepNumbers(w, closed));
      return closing;
    }, 'spare');
  }

  async find(name: string, range: ClosedRange): Promise<Closing[]> {
    const found = await this.read<FoundClosing>((w) => selectClosings(w, { name, range }));
    return found.map(closingOf);
  }

  async since(time: number): Promise<Closing[]> {
    const found = await this.read<FoundClosing>((w) => selectClosings(w, { since: time }));
    return found.map(closingOf);
  }

  async takeLate(
    closed: ClosedWindow,
    carryTo: number | undefined,
    limit: number,
  ): Promise<LateRow[]> {
    const seen = await this.read<Differing>((w) => selectDiffering(w, closed, { limit }));
    if (seen.length === 0) return [];
    const names = seen.map(({ name }) => name);
    const { database, dialect, outbox } = this.dependencies;
    return database.transaction(async (it) => {
      // under their locks, in the order in which batches lock them
      const found = await this.query<Differing>(it, (w) => selectDiffering(w, closed, { names }));
      const rows = lateRows(closed, carryTo, found);
      if (rows.length === 0) return [];
      const { leftOut } = await dialect.addDeltas(it, this.namespace, takenBack(rows));
      const kept = new Set(leftOut);
      const taken = rows.filter((row) => !kept.has(bucketOf(row)));
      if (taken.length === 0) return [];
      await this.query(it, (w) => insertLate(w, taken));
      const carried = carriedRows(taken);
      if (carried.length > 0) await outbox.insert(it, this.namespace, carried);
      return taken;
    }, 'spare');
  }

  async late(
    name: string,
    range: ClosedRange,
    page: { after?: string | undefined; limit: number },
  ): Promise<LateRow[]> {
    const found = await this.read<FoundLate>((w) => selectLate(w, name, range, page));
    return found.map(lateOf);
  }

  /**
   * In the transaction of a correction: adds what these rows of the outbox hold for closed windows to the rows and the numbers of these, and
   * answers their buckets.
   */
  async correctIn(connection: SqlConnection, counted: readonly OutboxRow[]): Promise<string[]> {
    const closed: CorrectedPart[] = [];
    for (const part of partsOfRows(counted)) {
      const of = { name: baseOf(part.name), range: rangeOf(part) };
      const found = await this.query<FoundClosing>(connection, (w) => selectClosings(w, of));
      if (found.length > 0) closed.push(part);
    }
    if (closed.length === 0) return [];
    const deltas = closed.map((part) => ({ name: bucketOf(part), delta: part.delta }));
    await this.dependencies.dialect.addDeltas(connection, this.namespace, deltas);
    await this.query(connection, (w) => addToClosed(w, closed));
    return closed.map(bucketOf);
  }

  private read<Row>(statement: (w: Written) => string): Promise<Row[]> {
    return this.dependencies.database.step((it) => this.query<Row>(it, statement), 'spare');
  }

  private query<Row>(connection: SqlConnection, statement: (w: Written) => string): Promise<Row[]> {
    const { namespace } = this;
    const dataSource = this.#dataSource;
    const values = dataSource.options.type === 'postgres' ? postgresValues() : mysqlValues();
    const written = statement({ ...values, dataSource, namespace });
    return connection.query<Row[]>(written, values.parameters);
  }
}
