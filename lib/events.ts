import { EventEmitter } from 'node:events';
import { BatchWatchers } from './batch-watchers.js';
import { OutcomeUnknownError, UnsafeCountError } from './errors.js';
import { LogLines } from './incidents/log-lines.js';
import { Misconfigurations } from './incidents/misconfigurations.js';
import { Mistakes } from './incidents/mistakes.js';
import { type OperationClass, Outages } from './incidents/outages.js';
import { Refusals } from './incidents/refusals.js';
import { Silence } from './incidents/silence.js';
import { sparingEach } from './incidents/sparing.js';
import type { BucketWindow, CountWindow } from './words/bucket-name.js';
import { bounded, quote } from './words/quote.js';

/** The payload of each event, by the name of the event; `docs/operations.md` has them in one table. @publicApi */
export interface CounterEventMap {
  /** Redis answered a call that held increments of `operations` counters. */
  acknowledged: [{ partition: number; operations: number }];
  /** A batch of `counters` counters is in the database, `milliseconds` after it was claimed. */
  persisted: [{ partition: number; seq: number; counters: number; milliseconds: number }];
  /** An attempt to persist failed; the batch stays and is tried again. */
  persistFailed: [{ partition: number; error: unknown }];
  /** A batch of `counters` counters was in the database already: a repeated job, or a lost answer. */
  duplicateSkipped: [{ partition: number; seq: number; counters: number }];
  /** Redis holds no state of a partition that the database knows: it is new, or it was wiped. */
  redisWiped: [{ partition: number; ledgerSeq: number }];
  /** Redis forgot increments that it had acknowledged to this process; what it kept goes on. */
  redisLostWrites: [{ partition: number }];
  /**
   * Redis went back in time: increments that cannot be told from counted ones were put aside. `otherRedis`: the address of
   * another Redis that counted meanwhile; then the pending increments were not counted. `ledgerRemoved`: Redis did not go back,
   * but the ledger rows of this embedded process were removed from the database.
   */
  parked: [{ partition: number; ledgerSeq: number; otherRedis?: string; ledgerRemoved?: true }];
  /** As `parked`, where nothing was pending: nothing was put aside. */
  redisWentBack: [
    { partition: number; ledgerSeq: number; otherRedis?: string; ledgerRemoved?: true },
  ];
  /**
   * A total was changed by hand: `operation` says by which method, `correct` is `reconcile()` or, with `window` and `start` of what was
   * corrected, `metering.correct()`, `import` is
   * `importTotals()`, `rename` is `rename()` or `merge()`, by which all was moved `to` another counter. `before` and `after` are the totals
   * around the change, at its moment; `by` and `reason` are what the caller gave. Of `replay` and `discard` there is the
   * `delta` of each parked entry instead: the totals around it are not looked at, and `discard` changes none. Where it is of a window,
   * as with `reset()` of metering, it has `window` and `start`, and the counts of that window. Told by the process that changed it, once
   * Redis has answered.
   */
  changed: [
    {
      name: string;
      operation:
        'set' | 'reset' | 'delete' | 'correct' | 'import' | 'rename' | 'replay' | 'discard';
      before?: bigint;
      after?: bigint;
      delta?: bigint;
      to?: string;
      window?: BucketWindow;
      start?: Date;
      by?: string;
      reason?: string;
    },
  ];
  /**
   * So much of a quota is used that a threshold of it is reached: `used` is at least `threshold` times `limit`. Told once for each quota,
   * window and threshold, by one of all processes. `window` and `start` are absent where the limit holds for the total.
   */
  quotaCrossed: [
    {
      name: string;
      dimensions: Readonly<Record<string, string>>;
      window?: CountWindow;
      start?: Date;
      threshold: number;
      used: bigint;
      limit: bigint;
    },
  ];
  /** `ParkedCounts.replay()` counted `counters` entries of a parcel. */
  replayed: [{ partition: number; parcel: string; counters: number }];
  /** `ParkedCounts.discard()` dropped `counters` entries of a parcel. */
  discarded: [{ partition: number; parcel: string; counters: number }];
  /**
   * The database does not know the last `missing` batches up to `seq`, which were committed: it lost them, or was restored to an
   * older state.
   */
  databaseWentBack: [{ partition: number; seq: number; missing: number }];
  /**
   * Rows of counters that were set or deleted held values that this module had not written: somebody changed or restored
   * these rows. They now hold the values that were set.
   */
  rowsChanged: [{ partition: number; counters: readonly string[] }];
  /** Rows would have left the 64-bit range; their deltas are put aside. */
  overflow: [{ partition: number; counters: readonly string[] }];
  /** The database refuses the rows of these counters for good; their deltas are put aside. */
  refused: [{ partition: number; counters: readonly string[]; error: string }];
  /** The database refuses to remove the rows of these counters: they stay, and nothing is put aside. */
  removalRefused: [{ partition: number; counters: readonly string[]; error: string }];
  /**
   * Option `columns`: counts of these counters are in the database, and not in the `column`, as no row has the primary key that the
   * names have.
   */
  columnMissed: [{ partition: number; column: string; counters: readonly string[] }];
  /** Option `columns`: the same, as the table refuses the change, or the sum leaves the range of the `column`. */
  columnRefused: [
    { partition: number; column: string; counters: readonly string[]; error: string },
  ];
  /** So many increments of committed transactions are not counted, and wait in `fast_counter_outbox` for an operator. */
  outboxRefused: [{ rows: number; reason: string }];
  /**
   * Counts of these many parts came after their window was closed. They are not in its numbers; with the option `windows.late` they count
   * in the window that begins at `carriedTo`.
   */
  lateCounts: [
    { name: string; window: BucketWindow; start: Date; counters: number; carriedTo?: Date },
  ];
  /** A batch took longer than the database lets a statement run, and was added in smaller statements. */
  slowBatch: [{ partition: number; counters: number; error: string }];
  /**
   * This process counts embedded, and `others` other processes count in its namespace on the same database. `certain` is false
   * when those may have ended within the last minute. Told once, once more when the overlap becomes certain, and anew
   * after a look that saw no other process.
   */
  embeddedOverlap: [{ others: number; certain: boolean }];
  /**
   * `counters` counters wait to be persisted, and no process that persists was seen for `milliseconds`. Told by processes
   * without workers, once until such a process is seen.
   */
  noWorkers: [{ milliseconds: number; counters: number }];
  /**
   * Ends what `noWorkers` told: a process that persists was seen, or nothing waits any more, `milliseconds`
   * after such a process was last seen.
   */
  workersBack: [{ milliseconds: number }];
  /** Somebody paused the queue of a partition, and `jobs` jobs wait there. Told once until the queue goes on. */
  queuePaused: [{ partition: number; jobs: number }];
  /** The buffer of this process holds `limit` entries and refuses increments. Told once, until none was refused for ten seconds. */
  backpressure: [{ limit: number }];
  /** More new counters came than a limit allows: increments of further ones count for the counter `overflow`. Told once an interval. */
  newCounterLimit: [{ prefix: string; limit: number; interval: number; overflow: string }];
  /** The callers of `operations` operations were told that the outcome is unknown. */
  outcomeUnknown: [{ partition: number; operations: number; reason: string }];
  /** Operations of a class began to fail. Told once until `recovery`. */
  outage: [{ of: OperationClass; error: unknown }];
  /** Operations of a class still fail, `milliseconds` after the first failure. Told every five minutes. */
  outageLasts: [{ of: OperationClass; milliseconds: number; error: unknown }];
  /** Ends what `outage` told, `milliseconds` after the first failure: wherever an operation of the class had failed, one succeeded. */
  recovery: [{ of: OperationClass; milliseconds: number }];
  /** After the start, Redis or the database was found not to be set up for counts. Told once for each reason. */
  misconfigured: [{ message: string }];
  /** A call that writes was rejected, whether or not its caller awaited it. */
  rejected: [{ error: unknown }];
}

/** Between two lines of listeners of one event that throw, in milliseconds. */
const QUIET = 10_000;

/**
 * What the module reports, as events of Node's `EventEmitter`. Inject it to feed metrics, alerts and logs. A listener that throws
 * is logged, and does not disturb counting.
 *
 * @example
 * constructor(events: CounterEvents) {
 *   events.on('persisted', ({ counters }) => this.persisted.inc(counters));
 * }
 * @publicApi
 */
export class CounterEvents extends EventEmitter<CounterEventMap> {
  /** @internal */
  readonly silences = { redis: new Silence(), database: new Silence() };
  /** @internal */
  readonly misconfigurations = new Misconfigurations(this);
  /** @internal */
  readonly outages = new Outages(this, undefined, new Mistakes(this.misconfigurations));
  /** @internal */
  readonly lines: LogLines;
  /** A listener may throw with every call. */
  private readonly threw = sparingEach((text, stack) => this.lines.of().error(text, stack), QUIET);
  /** @internal */
  readonly refusals = new Refusals();
  /** @internal */
  readonly batches = new BatchWatchers();
  /** @internal */
  readonly namespace: string;
  /** Errors that `rejected` told of. */
  private readonly told = new WeakSet<object>();

  /** `namespace` is the one that lines of the log and metrics name. */
  constructor(namespace = '') {
    super();
    this.namespace = namespace;
    this.lines = new LogLines(namespace);
  }

  /** Tells the listeners of an event. A listener that throws is logged: counting goes on. */
  override emit<Name extends keyof CounterEventMap>(
    name: Name,
    ...payload: CounterEventMap[Name]
  ): boolean {
    if (name === 'rejected') {
      const [{ error }] = payload as CounterEventMap['rejected'];
      this.remember(error);
      this.refusals.addOnce(error);
    }
    if (name === 'misconfigured') {
      const [{ message }] = payload as CounterEventMap['misconfigured'];
      this.misconfigurations.remember(message);
    }
    try {
      // the overloads of EventEmitter do not see that these arguments fit this name
      return (super.emit as (name: string, ...payload: unknown[]) => boolean).call(
        this,
        name,
        ...payload,
      );
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined;
      this.threw(name, `A listener of "${name}" threw`, bounded(stack ?? quote(error)));
      return true;
    }
  }

  /** Tells `rejected` with the error of a call, unless an event told that error before. */
  rejected(error: unknown): void {
    if (typeof error === 'object' && error !== null && this.told.has(error)) return;
    // the first was told by its own event; of the second all was counted, and its answer alone is missing
    if (error instanceof OutcomeUnknownError || error instanceof UnsafeCountError) return;
    this.emit('rejected', { error });
  }

  private remember(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.told.add(error);
  }
}
