import { insert } from '../outbox/sqlite.js';
import { RowAdder } from '../sqlite/batch.js';
import type { SqliteCalls } from '../sqlite/calls.js';
import type { SqliteSession } from '../sqlite/session.js';
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
import { countWaiting, type FoundName, keepNumbers, type Waiting } from './copy-statements.js';
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
import type { Int64String } from '../../words/int64.js';
import type { SqliteClosedRows } from './sqlite-closed-rows.js';

export class SqliteClosings implements Closings {
  constructor(
    private readonly calls: SqliteCalls,
    private readonly namespace: string,
    private readonly rows: SqliteClosedRows,
  ) {}

  exists(): Promise<boolean> {
    return this.calls.read((session) => this.rows.exists(session));
  }

  close(closed: ClosedWindow, id: string, by: string, end?: number): Promise<Closing | undefined> {
    const of = { name: closed.name, range: rangeOf(closed) };
    return this.calls.write((session) => {
      if (end !== undefined) {
        const [found] = this.query<Waiting>(session, (w) => countWaiting(w, closed, end));
        if (found?.waiting !== '0') return undefined;
      }
      this.query(session, (w) => insertClosing(w, closed, id, by));
      const [row] = this.query<FoundClosing>(session, (w) => selectClosings(w, of));
      const closing = row && closingOf(row);
      if (closing === undefined) throw new Error('The closing that was written is gone');
      if (closing.id === id) this.query(session, (w) => keepNumbers(w, closed, { after: '' }));
      return closing;
    });
  }

  find(name: string, range: ClosedRange): Promise<Closing[]> {
    return this.calls.read((session) =>
      this.query<FoundClosing>(session, (w) => selectClosings(w, { name, range })).map(closingOf),
    );
  }

  since(time: number, skipped = 0): Promise<Closing[]> {
    return this.calls.read((session) =>
      this.query<FoundClosing>(session, (w) => selectClosings(w, { since: time, skipped })).map(
        closingOf,
      ),
    );
  }

  async takeLate(
    closed: ClosedWindow,
    carryTo: number | undefined,
    limit: number,
  ): Promise<LateRow[]> {
    const differing = (session: SqliteSession): Differing[] =>
      this.query<Differing>(session, (w) => selectDiffering(w, closed, { limit }));
    if ((await this.calls.read(differing)).length === 0) return [];
    return this.calls.write((session) => {
      const rows = lateRows(closed, carryTo, differing(session));
      const { values } = new RowAdder(session, this.namespace).add(takenBack(rows));
      const taken = rows.filter((row) => values.has(bucketOf(row)));
      if (taken.length === 0) return [];
      this.query(session, (w) => insertLate(w, taken));
      insert(session, this.namespace, carriedRows(taken));
      return taken;
    });
  }

  number(part: ClosedWindow): Promise<Int64String> {
    return this.calls.read((session) => {
      const [found] = this.query<FoundNumber>(session, (w) => selectNumber(w, part));
      return found?.value ?? '0';
    });
  }

  late(
    name: string,
    range: ClosedRange,
    page: { after?: string | undefined; limit: number },
  ): Promise<LateRow[]> {
    return this.calls.read((session) =>
      this.query<FoundLate>(session, (w) => selectLate(w, name, range, page)).map(lateOf),
    );
  }

  changedSince(time: number, page: { after: string; limit: number }): Promise<string[]> {
    return this.calls.read((session) =>
      this.query<FoundName>(session, (w) => selectChangedSince(w, time, page)).map(
        ({ name }) => name,
      ),
    );
  }

  private query<Row>(session: SqliteSession, statement: (w: Written) => string): Row[] {
    return this.rows.query<Row>(session, statement);
  }
}
