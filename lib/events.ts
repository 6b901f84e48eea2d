import { EventEmitter } from 'node:events';
import { OutcomeUnknownError, UnsafeCountError } from './errors.js';
import { LogLines } from './incidents/log-lines.js';
import { Misconfigurations } from './incidents/misconfigurations.js';
import { type OperationClass, Outages } from './incidents/outages.js';
import { Refusals } from './incidents/refusals.js';
import { Silence } from './incidents/silence.js';
import { sparingEach } from './incidents/sparing.js';
import { bounded, quote } from './words/quote.js';

/** What is reported, by event name; `docs/operations.md` has them in one table. @publicApi */
export interface CounterEventMap {
  /** Redis answered a batch of increments. */
  acknowledged: [{ partition: number; operations: number }];
  /** A batch is in the database. */
  persisted: [{ partition: number; seq: number; counters: number; milliseconds: number }];
  /** An attempt to persist failed; the batch stays and is tried again. */
  persistFailed: [{ partition: number; error: unknown }];
  /** A batch was in the database already: a repeated job, or a lost answer. */
  duplicateSkipped: [{ partition: number; seq: number }];
  /** Redis holds no state of a partition that the database knows: it is new, or it was wiped. */
  redisWiped: [{ partition: number; ledgerSeq: number }];
  /** Redis forgot increments that it had acknowledged to this process; what it kept goes on. */
  redisLostWrites: [{ partition: number }];
  /**
   * Redis went back in time: what cannot be told from the database's counts was put aside. `otherRedis`: where another one
   * is that counted meanwhile; then what was pending was not counted. `ledgerRemoved`: not Redis, but the ledger rows of this
   * embedded process were removed from the database.
   */
  parked: [{ partition: number; ledgerSeq: number; otherRedis?: string; ledgerRemoved?: true }];
  /** An operator had parked counts counted. */
  replayed: [{ partition: number; parcel: string; counters: number }];
  /** An operator dropped parked counts. */
  discarded: [{ partition: number; parcel: string; counters: number }];
  /**
   * The database does not know the last `missing` batches up to `seq`, which were committed: it lost them, or was restored to an
   * older state.
   */
  databaseWentBack: [{ partition: number; seq: number; missing: number }];
  /**
   * Rows of counters that were set or deleted held something else than this module had left in them: somebody changed
   * them by hand, or restored them. They hold the value that was set.
   */
  rowsChanged: [{ partition: number; counters: readonly string[] }];
  /** Rows would have left the 64-bit range; their deltas are kept aside. */
  overflow: [{ partition: number; counters: readonly string[] }];
  /** The database refuses the rows of these counters for good; their deltas are put aside. */
  refused: [{ partition: number; counters: readonly string[]; error: string }];
  /** A batch took longer than the database lets a statement run, and was added in parts. */
  slowBatch: [{ partition: number; counters: number; error: string }];
  /**
   * Counting embedded: so many others count in this namespace on the same database. `certain` is false when they may
   * have ended within the last minute. Told once, once more when it becomes certain, and again after none was seen.
   */
  embeddedOverlap: [{ others: number; certain: boolean }];
  /**
   * Counts wait, and no process that persists was seen for so many milliseconds. Told by processes without workers, once
   * until one is seen.
   */
  noWorkers: [{ milliseconds: number; counters: number }];
  /** Behind `noWorkers`: a process that persists was seen, or nothing waits any more, so many milliseconds after the last one was seen. */
  workersBack: [{ milliseconds: number }];
  /** Somebody paused a queue, and so many jobs wait in it. Told once, until it goes on. */
  queuePaused: [{ partition: number; jobs: number }];
  /** The buffer is full: increments are refused. */
  backpressure: [{ limit: number }];
  /** New counters were too many: increments of further ones go to `overflow`. Once an interval. */
  newCounterLimit: [{ prefix: string; limit: number; interval: number; overflow: string }];
  /** Callers were told that the outcome is unknown. */
  outcomeUnknown: [{ partition: number; operations: number; reason: string }];
  /** Operations of a class fail. Reported once, until `recovery`. */
  outage: [{ of: OperationClass; error: unknown }];
  /** They still fail, after so many milliseconds. Every five minutes. */
  outageLasts: [{ of: OperationClass; milliseconds: number; error: unknown }];
  /** One succeeded again wherever one had failed, after so many milliseconds. */
  recovery: [{ of: OperationClass; milliseconds: number }];
  /** Redis or the database is not set up for counts, as was found after the start. Told once. */
  misconfigured: [{ message: string }];
  /** A call that writes was rejected, whether or not somebody awaited it. */
  rejected: [{ error: unknown }];
}

/** Between two lines of listeners of one event that throw, in milliseconds. */
const QUIET = 10_000;

/**
 * Everything that the module reports; logs, health checks and metrics are built on it.
 *
 * @example
 * constructor(events: CounterEvents) {
 *   events.on('persisted', ({ counters }) => this.persisted.inc(counters));
 * }
 * @publicApi
 */
export class CounterEvents extends EventEmitter<CounterEventMap> {
  /** @internal */
  readonly outages = new Outages(this);
  /** @internal */
  readonly silences = { redis: new Silence(), database: new Silence() };
  /** @internal */
  readonly misconfigurations = new Misconfigurations(this);
  /** @internal */
  readonly lines: LogLines;
  /** A listener may throw with every call. */
  private readonly threw = sparingEach((text, stack) => this.lines.of().error(text, stack), QUIET);
  /** @internal */
  readonly refusals = new Refusals();
  /** Errors that `rejected` told of. */
  private readonly told = new WeakSet<object>();

  constructor(namespace?: string) {
    super();
    this.lines = new LogLines(namespace);
  }

  /** A listener that throws is logged: counting goes on. */
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

  /** Reports why a call was rejected, unless that was told already. */
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
