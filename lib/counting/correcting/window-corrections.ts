import { baseOf, withoutBuckets } from '../../database/closing/closed-parts.js';
import { type ClosedWindow, type Closings, rangeOf } from '../../database/closing/closings.js';
import type {
  CorrectionQuery,
  CorrectionRow,
  Corrections,
  NewCorrection,
} from '../../database/corrections/corrections.js';
import type { OutboxRow } from '../../database/outbox/outbox.js';
import { outboxIds } from '../../database/outbox/outbox-id.js';
import {
  CounterOverflowError,
  DatabaseUnavailableError,
  IdempotencyConflictError,
} from '../../errors.js';
import type { CounterEvents } from '../../events.js';
import type { Span } from '../../windows/calendar.js';
import type { Windows } from '../../windows/windows.js';
import { AtMost } from './at-most.js';
import { backOff, pause } from '../../words/back-off.js';
import {
  type Bucket,
  bucketName,
  bucketSuffix,
  type BucketWindow,
  type CountWindow,
} from '../../words/bucket-name.js';
import { inRange, type Total } from '../../words/int64.js';
import { within } from '../../words/within.js';
import { expectTable } from '../outbox/expect-table.js';
import type { OutboxRelay } from '../outbox/outbox-relay.js';
import { expectKept, type Keeping } from './kept-window.js';
import { longerThan } from './longer-windows.js';

const TABLE = 'fast_counter_correction';
/** How often a correction to a value is tried that others overtake, and the pauses between, in milliseconds. */
const ATTEMPTS = 20;
const PAUSES = { first: 5, longest: 200 };
/** Corrections that are made at the same time: each takes a connection, and others of the pool persist and read. */
const AT_ONCE = 4;

/** Which corrections were asked for, checked. */
export type AskedCorrections = CorrectionQuery;

/** A correction that was asked for, and checked. */
export interface AskedCorrection {
  /** The counter. */
  name: string;
  /** The window, as its rows have it. */
  bucket: Bucket;
  /** When it begins and ends. */
  span: Span;
  /** Windows around it that get the same, beside those that the counter is kept per. */
  windows: readonly CountWindow[];
  /** What is added; or else the count that the window should have. */
  by: { delta: bigint } | { value: bigint };
  reason: string;
  author: string;
  /** Absent where the same correction may be made again. */
  id?: string | undefined;
}

/** What a correction did. */
export interface DoneCorrection extends Span {
  id: string;
  /** What the correction with this id added, by this call or by one before. */
  delta: bigint;
  /** Counts of the window around the call. */
  before: bigint;
  after: bigint;
  /** Whether this call made it. */
  made: boolean;
}

interface Attempted {
  done: DoneCorrection;
  /** Of a correction that was made by this attempt. */
  row?: NewCorrection;
  /** What is to be counted for it. */
  counted?: readonly OutboxRow[];
  /** Whether it changed rows of closed windows. */
  isClosed?: boolean;
}

interface CorrectionParts extends Keeping {
  corrections: Corrections;
  closings: Pick<Closings, 'exists' | 'find' | 'number'>;
  /** Takes out of the rows of a closed window what is not in its numbers. */
  lateWindows: { take(closed: ClosedWindow): Promise<void> };
  /** Has the next read ask the database. */
  refresher: { refresh(names: readonly string[]): Promise<void> };
  relay: Pick<OutboxRelay, 'expect' | 'drain' | 'settle'>;
  reader: { read(names: readonly string[]): Promise<readonly Total[]> };
  events: CounterEvents;
  windows: Windows;
  /** Milliseconds to wait until a correction is counted. */
  patience: number;
}

/**
 * Corrects windows. What a correction adds is in the outbox, in the transaction that keeps the correction: so it is counted once,
 * whatever fails.
 *
 *     asked ──one transaction──► kept, and in the outbox ──relay──► counted, and persisted
 *
 * A correction to a value adds what is missing to the value that was read: that of a closed window is its number. Between that look and
 * the transaction nobody else may have corrected the counter, or the difference would be added twice: then it is read again.
 */
export class WindowCorrections {
  private readonly idOf = outboxIds();
  private readonly turns = new AtMost(AT_ONCE);

  constructor(private readonly parts: CorrectionParts) {}

  async correct(asked: AskedCorrection): Promise<DoneCorrection> {
    const { name, bucket, span } = asked;
    await expectTable(this.parts.corrections, 'correct() needs', TABLE);
    expectKept(bucket.window, span, this.parts.retention);
    const place = { name, ...bucket };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await pause(backOff(attempt, PAUSES));
      const made = await this.turns.run(() => this.attempt(asked, place, span));
      if (made === undefined) continue;
      const { row, counted = [], isClosed = false, done } = made;
      // it is made, whether or not the cache can be told: then a round of `LateWindows` does so
      if (isClosed) await within(this.parts.patience, this.parts.refresher.refresh([asked.name]));
      await this.count(counted);
      if (row !== undefined) this.tell(row, done);
      return done;
    }
    throw new DatabaseUnavailableError(
      'Others correct windows at the same time again and again; nothing was corrected',
    );
  }

  async list(query: AskedCorrections): Promise<CorrectionRow[]> {
    await expectTable(this.parts.corrections, 'corrections() needs', TABLE);
    return this.parts.corrections.list(query);
  }

  /** Undefined where others corrected the window meanwhile. */
  private async attempt(
    asked: AskedCorrection,
    place: { name: string; window: BucketWindow; start: number },
    span: Span,
  ): Promise<Attempted | undefined> {
    const { corrections, relay, calendar, windows: kept } = this.parts;
    const { by, reason, author, id } = asked;
    const found = id === undefined ? undefined : await corrections.find({ ...place, id });
    if (found !== undefined) return { done: await this.repeated(asked, found, span) };
    const known = 'value' in by ? await corrections.count(asked.name) : undefined;
    // those that are known must be in the count
    if (known !== undefined) await relay.settle();
    const closedNumber = await this.closedNumber(place);
    const longer = longerThan({ ...place, windows: asked.windows }, span, { calendar, kept });
    const suffixes = [...[place, ...longer].map(bucketSuffix), undefined];
    const { before, delta } = await this.deltaOf(asked, suffixes, closedNumber);
    const now = Date.now();
    const row: NewCorrection = {
      ...{ ...place, id: id ?? this.idOf(now), delta: String(delta), madeAt: now },
      ...{ windows: longer.map(({ window }) => window), reason, by: author },
    };
    const done = { ...span, id: row.id, delta, before, after: before + delta, made: true };
    if (delta === 0n && id === undefined) return { done: { ...done, made: false } };
    const counted = delta === 0n ? [] : suffixes.map((suffix) => this.rowOf(row, suffix));
    const made = await corrections.make(row, counted, known);
    if (made.status === 'overtaken') return undefined;
    if (made.status === 'repeated') return { done: await this.repeated(asked, made.row, span) };
    const isClosed = made.closed.length > 0;
    return { row, counted: withoutBuckets(counted, made.closed), isClosed, done };
  }

  /** What the window counted, where it is closed: what came late, or is pending for it, is not in that. */
  private async closedNumber(corrected: ClosedWindow): Promise<bigint | undefined> {
    const { closings, lateWindows } = this.parts;
    if (!(await closings.exists())) return undefined;
    const [closing] = await closings.find(baseOf(corrected.name), rangeOf(corrected));
    if (closing === undefined) return undefined;
    await lateWindows.take(closing);
    return BigInt(await closings.number(corrected));
  }

  /** What is to be added, where that fits all counts that get it. */
  private async deltaOf(
    { name, by }: AskedCorrection,
    suffixes: readonly (string | undefined)[],
    closedNumber: bigint | undefined,
  ): Promise<{ before: bigint; delta: bigint }> {
    const names = suffixes.map((suffix) => nameOf(name, suffix));
    const counts = (await this.parts.reader.read(names)).map(BigInt);
    const before = closedNumber ?? counts[0] ?? 0n;
    const delta = 'delta' in by ? by.delta : by.value - before;
    if (counts.every((count) => inRange(count + delta)) && inRange(delta)) return { before, delta };
    throw new CounterOverflowError(name);
  }

  private async repeated(
    { name, by }: AskedCorrection,
    row: CorrectionRow,
    span: Span,
  ): Promise<DoneCorrection> {
    if ('delta' in by && BigInt(row.delta) !== by.delta) {
      throw new IdempotencyConflictError(name, row.id);
    }
    const closedNumber = await this.closedNumber(row);
    const [count = 0] = await this.parts.reader.read([bucketName(name, bucketSuffix(row))]);
    const after = closedNumber ?? BigInt(count);
    return { ...span, id: row.id, delta: BigInt(row.delta), before: after, after, made: false };
  }

  /** Waits a while until what was committed is counted: where Redis or workers are away, it is counted when they are back. */
  private async count(rows: readonly OutboxRow[]): Promise<void> {
    const { relay, patience } = this.parts;
    if (rows.length === 0) return;
    relay.expect(
      rows.map(({ id }) => id),
      () => false,
    );
    await within(patience, relay.drain());
  }

  private rowOf({ name, delta, madeAt }: NewCorrection, suffix: string | undefined): OutboxRow {
    return { id: this.idOf(madeAt), name, delta, windows: [], madeAt, moved: { suffix } };
  }

  private tell({ name, window, reason, by }: NewCorrection, done: DoneCorrection): void {
    const { before, after, delta, start } = done;
    const told = { name, window, start: new Date(start), before, after, delta, by, reason };
    this.parts.events.emit('changed', { operation: 'correct', ...told });
  }
}

const nameOf = (counter: string, suffix: string | undefined): string =>
  suffix === undefined ? counter : bucketName(counter, suffix);
