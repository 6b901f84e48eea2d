import type { Batch, BatchEntry } from '../../cache/counter-cache.js';
import { CounterOverflowError } from '../../errors.js';
import type { BucketWindow } from '../../words/bucket-name.js';
import { CounterClosing } from '../entities/closing.entities.js';
import type { OutboxRow } from '../outbox/outbox.js';
import { RowAdder } from '../sqlite/batch.js';
import type { SqliteSession } from '../sqlite/session.js';
import { hasTable } from '../sqlite/statements/inspection.js';
import {
  addToClosed,
  type CorrectedPart,
  type FoundClosing,
  forgetRows,
  forgetRowsBefore,
  selectClosed,
  type Written,
} from './closing-statements.js';
import {
  baseWindow,
  bucketOf,
  closedOnes,
  inParts,
  keysOf,
  movedParts,
  partsOfRows,
  replacedParts,
  staying,
  windowKey,
} from './closed-parts.js';
import type { ClosedWindow } from './closings.js';
import { sqliteValues } from './written-values.js';

/** As `SqlClosedRows`: no other transaction writes meanwhile. */
export class SqliteClosedRows {
  private found = false;

  constructor(private readonly namespace: string) {}

  exists(session: SqliteSession): boolean {
    this.found ||= hasTable(session, CounterClosing);
    return this.found;
  }

  before(session: SqliteSession, batch: Batch): Batch {
    const moved = movedParts(batch);
    if (moved.length === 0 || !this.exists(session)) return batch;
    return staying(batch, this.closedAmong(session, moved));
  }

  after(session: SqliteSession, entries: readonly BatchEntry[]): void {
    const replaced = replacedParts(entries);
    if (replaced.length === 0 || !this.exists(session)) return;
    for (const some of inParts(replaced)) this.query(session, (w) => forgetRows(w, some));
  }

  expired(session: SqliteSession, window: BucketWindow, before: Date): void {
    if (!this.exists(session)) return;
    this.query(session, (w) => forgetRowsBefore(w, window, before.getTime()));
  }

  closedOf(session: SqliteSession, counted: readonly OutboxRow[]): CorrectedPart[] {
    const parts = partsOfRows(counted);
    return closedOnes(parts, this.closedAmong(session, parts));
  }

  correct(session: SqliteSession, closed: readonly CorrectedPart[]): string[] {
    if (closed.length === 0) return [];
    const deltas = closed.map((part) => ({ name: bucketOf(part), delta: part.delta }));
    const { values } = new RowAdder(session, this.namespace).add(deltas);
    const kept = closed.find((part) => !values.has(bucketOf(part)));
    if (kept !== undefined) throw new CounterOverflowError(kept.name);
    this.query(session, (w) => addToClosed(w, closed));
    return closed.map(bucketOf);
  }

  private closedAmong(session: SqliteSession, parts: readonly ClosedWindow[]): ReadonlySet<string> {
    const found = inParts(keysOf(parts.map(baseWindow))).flatMap((some) =>
      this.query<FoundClosing>(session, (w) => selectClosed(w, some)),
    );
    return new Set(
      found.map(({ name, span: window, starts_at }) =>
        windowKey({ name, window, start: Number(starts_at) }),
      ),
    );
  }

  query<Row>(session: SqliteSession, statement: (w: Written) => string): Row[] {
    const { namespace } = this;
    const { dataSource } = session;
    return session.query<Row>(statement({ ...sqliteValues(), dataSource, namespace }));
  }
}
