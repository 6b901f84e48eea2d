import { CounterClosing } from '../entities/closing.entities.js';
import type { OutboxRow } from '../outbox/outbox.js';
import { insert } from '../outbox/sqlite.js';
import { RowAdder } from '../sqlite/batch.js';
import type { SqliteCalls } from '../sqlite/calls.js';
import type { SqliteSession } from '../sqlite/session.js';
import { hasTable } from '../sqlite/statements/inspection.js';
import { carriedRows, closingOf, lateOf, lateRows, takenBack } from './closing-rows.js';
import {
  addToClosed,
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
import { sqliteValues } from './written-values.js';

export class SqliteClosings implements Closings {
  constructor(
    private readonly calls: SqliteCalls,
    private readonly namespace: string,
  ) {}

  exists(): Promise<boolean> {
    return this.calls.read((session) => hasTable(session, CounterClosing));
  }

  close(closed: ClosedWindow, id: string, by: string): Promise<Closing> {
    const of = { name: closed.name, range: rangeOf(closed) };
    return this.calls.write((session) => {
      this.query(session, (w) => insertClosing(w, closed, id, by));
      const [row] = this.query<FoundClosing>(session, (w) => selectClosings(w, of));
      const closing = row && closingOf(row);
      if (closing === undefined) throw new Error('The closing that was written is gone');
      if (closing.id === id) this.query(session, (w) => keepNumbers(w, closed));
      return closing;
    });
  }

  find(name: string, range: ClosedRange): Promise<Closing[]> {
    return this.calls.read((session) =>
      this.query<FoundClosing>(session, (w) => selectClosings(w, { name, range })).map(closingOf),
    );
  }

  since(time: number): Promise<Closing[]> {
    return this.calls.read((session) =>
      this.query<FoundClosing>(session, (w) => selectClosings(w, { since: time })).map(closingOf),
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

  late(
    name: string,
    range: ClosedRange,
    page: { after?: string | undefined; limit: number },
  ): Promise<LateRow[]> {
    return this.calls.read((session) =>
      this.query<FoundLate>(session, (w) => selectLate(w, name, range, page)).map(lateOf),
    );
  }

  /** As that of `SqlClosings`. */
  correctIn(session: SqliteSession, counted: readonly OutboxRow[]): string[] {
    const closed = partsOfRows(counted).filter((part) => {
      const of = { name: baseOf(part.name), range: rangeOf(part) };
      return this.query<FoundClosing>(session, (w) => selectClosings(w, of)).length > 0;
    });
    if (closed.length === 0) return [];
    const deltas = closed.map((part) => ({ name: bucketOf(part), delta: part.delta }));
    new RowAdder(session, this.namespace).add(deltas);
    this.query(session, (w) => addToClosed(w, closed));
    return closed.map(bucketOf);
  }

  private query<Row>(session: SqliteSession, statement: (w: Written) => string): Row[] {
    const { namespace } = this;
    const { dataSource } = session;
    return session.query<Row>(statement({ ...sqliteValues(), dataSource, namespace }));
  }
}
