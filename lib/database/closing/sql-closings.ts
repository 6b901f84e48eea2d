import type { Int64String } from '../../words/int64.js';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import type { OutboxStatements } from '../outbox/outbox-statements.js';
import type { DatabaseCalls } from '../sql/database-calls.js';
import { carriedRows, closingOf, lateOf, lateRows, takenBack } from './closing-rows.js';
import {
  type Differing,
  type FoundClosing,
  type FoundNumber,
  insertClosing,
  selectClosings,
  selectDiffering,
  selectNumber,
  type Written,
} from './closing-statements.js';
import {
  countWaiting,
  type FoundName,
  keepNumbers,
  selectLastOfPage,
  type Waiting,
} from './copy-statements.js';
import { type FoundLate, insertLate, selectChangedSince, selectLate } from './late-statements.js';
import { bucketOf } from './closed-parts.js';
import {
  type ClosedRange,
  type ClosedWindow,
  type Closing,
  type Closings,
  type LateRow,
  rangeOf,
} from './closings.js';
import type { SqlClosedRows } from './sql-closed-rows.js';

/** Parts that are copied in one statement. */
const PAGE = 20_000;

interface ClosingsDependencies {
  database: DatabaseCalls;
  dialect: SqlDialect;
  outbox: OutboxStatements;
  rows: SqlClosedRows;
}

export class SqlClosings implements Closings {
  constructor(
    private readonly dependencies: ClosingsDependencies,
    private readonly namespace: string,
  ) {}

  exists(): Promise<boolean> {
    const { database, rows } = this.dependencies;
    return database.step((it) => rows.exists(it), 'spare');
  }

  close(closed: ClosedWindow, id: string, by: string, end?: number): Promise<Closing | undefined> {
    const { database, rows } = this.dependencies;
    const of = { name: closed.name, range: rangeOf(closed) };
    return database.transaction(async (it, renew) => {
      await rows.lock(it, 'alone');
      if (end !== undefined) {
        const [found] = await this.query<Waiting>(it, (w) => countWaiting(w, closed, end));
        if (found?.waiting !== '0') return undefined;
      }
      await this.query(it, (w) => insertClosing(w, closed, id, by));
      const [row] = await this.query<FoundClosing>(it, (w) => selectClosings(w, of));
      const closing = row && closingOf(row);
      if (closing === undefined) throw new Error('The closing that was written is gone');
      if (closing.id === id) await this.keep(it, closed, renew);
      return closing;
    }, 'spare');
  }

  async find(name: string, range: ClosedRange): Promise<Closing[]> {
    const found = await this.read<FoundClosing>((w) => selectClosings(w, { name, range }));
    return found.map(closingOf);
  }

  async since(time: number, skipped = 0): Promise<Closing[]> {
    const found = await this.read<FoundClosing>((w) => selectClosings(w, { since: time, skipped }));
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
    const { database, dialect, outbox, rows: closedRows } = this.dependencies;
    return database.transaction(async (it) => {
      await closedRows.lock(it, 'alone');
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

  async number(part: ClosedWindow): Promise<Int64String> {
    const [found] = await this.read<FoundNumber>((w) => selectNumber(w, part));
    return found?.value ?? '0';
  }

  async late(
    name: string,
    range: ClosedRange,
    page: { after?: string | undefined; limit: number },
  ): Promise<LateRow[]> {
    const found = await this.read<FoundLate>((w) => selectLate(w, name, range, page));
    return found.map(lateOf);
  }

  async changedSince(time: number, page: { after: string; limit: number }): Promise<string[]> {
    const found = await this.read<FoundName>((w) => selectChangedSince(w, time, page));
    return found.map(({ name }) => name);
  }

  /** Page by page, however many parts there are: what comes between two pages is told from what their rows should hold. */
  private async keep(
    connection: SqlConnection,
    closed: ClosedWindow,
    renew: () => void,
  ): Promise<void> {
    for (let after = '', isMore = true; isMore;) {
      const from = after;
      const [end] = await this.query<FoundName>(connection, (w) =>
        selectLastOfPage(w, closed, from, PAGE),
      );
      await this.query(connection, (w) => keepNumbers(w, closed, { after: from, last: end?.name }));
      renew();
      isMore = end !== undefined;
      after = end?.name ?? '';
    }
  }

  private read<Row>(statement: (w: Written) => string): Promise<Row[]> {
    return this.dependencies.database.step((it) => this.query<Row>(it, statement), 'spare');
  }

  private query<Row>(connection: SqlConnection, statement: (w: Written) => string): Promise<Row[]> {
    return this.dependencies.rows.query<Row>(connection, statement);
  }
}
