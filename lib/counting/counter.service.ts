import { allCounted } from './all-counted.js';
import { checkManyNames } from '../input/arguments.js';
import { AnsweredCalls } from './answered-calls.js';
import { CounterChanges } from './counter-changes.js';
import type { CountingParts } from './counting-parts.js';
import type {
  BigIntAnswer,
  CounterDelta,
  CounterIncrement,
  IncrementOptions,
  OnceOptions,
  TransactionalOptions,
  TryIncrementOptions,
} from '../input/counter.types.js';
import type { CounterEvents } from '../events.js';
import { NamedCounter } from './named-counter.js';
import { Ranking } from './ranking.js';
import type { CounterStatus } from '../operating/status/status.types.js';
import { written } from '../input/written.js';

/**
 * Counts. Every provider can inject it once `FastCounterModule.forRoot()` is imported. A method that writes need not be awaited: a
 * rejection that nobody handles does not end the process, but is the event `rejected` and a line of the log.
 *
 * @example
 * constructor(private readonly counters: CounterService) {}
 *
 * await this.counters.incr(`views:${id}`);
 * const views = await this.counters.getCount(`views:${id}`);
 * @publicApi
 */
export class CounterService extends CounterChanges {
  private readonly calls: AnsweredCalls;

  constructor(private readonly parts: CountingParts) {
    super(parts);
    this.calls = new AnsweredCalls(parts);
  }

  /** @internal */
  get events(): CounterEvents {
    return this.parts.events;
  }

  /**
   * Adds to a counter. Resolves when Redis has the increment: from then on it is counted exactly once.
   *
   * @param delta a whole number but 0; negative counts down
   * @throws InvalidCounterNameError, InvalidArgumentError, CounterOverflowError, ShutDownError: nothing was counted
   * @throws BackpressureError the buffer of this process is full: nothing was counted
   * @throws OutcomeUnknownError Redis did not acknowledge the increment within `acknowledgeTimeout`
   * @throws IdempotencyConflictError the key was used for this counter with another delta: nothing was counted
   * @example
   * await counters.incr('bytes:acme', 1_048_576n, { updateInterval: 60_000 });
   */
  incr(name: string, delta: CounterDelta = 1, options?: TransactionalOptions): Promise<void> {
    return this.parts.increments.add(name, delta, options);
  }

  /**
   * Adds to many counters. If an argument is wrong or the buffer has no room for all increments, none is counted. Resolves when
   * Redis has all of them.
   *
   * @throws what `incr()` throws, when all increments are settled; OutcomeUnknownError where only some were counted
   * @example
   * await counters.incrMany([{ name: 'orders' }, { name: 'revenue', delta: 4200 }]);
   */
  incrMany(increments: Iterable<CounterIncrement>): Promise<void> {
    return written(this.parts.events, () => allCounted(this.parts.increments.addAll(increments)));
  }

  /**
   * Adds, and answers the total just after this increment: concurrent callers get distinct totals.
   *
   * @throws what `incr()` throws, and UnsafeCountError: counted, but the total is beyond ±(2^53 − 1)
   * @throws NewCounterLimitError the counter would be one new counter too many: nothing was counted
   * @throws CacheUnavailableError, DatabaseUnavailableError: the total could not be read, and nothing was counted
   * @example
   * const ticket = await counters.incrAndGet('tickets');
   */
  incrAndGet(name: string, delta?: CounterDelta, options?: IncrementOptions): Promise<number>;
  incrAndGet(
    name: string,
    delta: CounterDelta,
    options: IncrementOptions & BigIntAnswer,
  ): Promise<bigint>;
  incrAndGet(
    name: string,
    delta: CounterDelta = 1,
    options: IncrementOptions & Partial<BigIntAnswer> = {},
  ): Promise<number | bigint> {
    return written(this.parts.events, () => this.calls.incrAndGet(name, delta, options));
  }

  /**
   * Adds and answers true if the total stays within `max` and `min`; otherwise adds nothing and answers false. With `window`, the
   * count of the present window must stay within them. Atomic across processes.
   *
   * @throws what `incrAndGet()` throws
   * @example
   * if (!(await counters.tryIncr('seats', 1, { max: 100 }))) throw new ConflictException('sold out');
   */
  tryIncr(name: string, delta: CounterDelta, options: TryIncrementOptions): Promise<boolean> {
    return written(this.parts.events, () => this.calls.tryIncr(name, delta, options));
  }

  /**
   * Adds and answers true, unless the counter was counted under this key within the last `within` milliseconds: then it adds nothing
   * and answers false. Atomic across processes. Redis keeps a digest of the key.
   *
   * @param key 1 to 1000 characters: who must not count twice
   * @throws what `incr()` throws
   * @example
   * await counters.incrOnce(`views:${id}`, visitor, { within: 1_800_000 });
   */
  incrOnce(name: string, key: string, options: OnceOptions): Promise<boolean> {
    return written(this.parts.events, () => this.calls.incrOnce(name, key, options));
  }

  /**
   * Takes back what `incrOnce()` counted under this key, in its windows too, and answers true: the key may count again. False
   * where the key did not count, was taken back, or is no longer known: then nothing changes.
   *
   * @throws what `incr()` throws
   * @example
   * await counters.undoOnce(`likes:${id}`, user);
   */
  undoOnce(name: string, key: string): Promise<boolean> {
    return written(this.parts.events, () => this.calls.undoOnce(name, key));
  }

  /**
   * Resolves when all increments that were pending at the call are in the database: of all counters, or of the named ones.
   *
   * @param names at most 100,000
   * @throws FlushTimeoutError no worker persisted them within `flushTimeout`; CacheUnavailableError Redis does not answer
   * @example
   * await counters.flush(['orders', 'revenue']);
   */
  flush(names?: Iterable<string>): Promise<void> {
    return written(this.parts.events, async () => {
      const list = names === undefined ? undefined : await checkManyNames(names);
      await this.parts.flusher.flush(list);
    });
  }

  /**
   * Tells which problems there are, whether Redis and the database answer, and what is pending, claimed and put aside in each
   * partition. Answers within 250 ms, and does not reject where a server is away.
   *
   * @example
   * const { problems } = await counters.status();
   */
  status(): Promise<CounterStatus> {
    return this.parts.reporter.status();
  }

  /**
   * A handle of counters of one kind: `counter('views')` counts `views:42` as 42.
   *
   * @throws InvalidCounterNameError the name is no name of a counter, or ends with ':'
   * @example
   * const views = counters.counter('views');
   * await views.incr(42);
   */
  counter(name: string): NamedCounter {
    return new NamedCounter(name, this, new Ranking(this.parts), this.parts.events);
  }
}
