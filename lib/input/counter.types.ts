import type { CountingTransaction } from '../database/outbox/outbox.js';
import type { FastCounterError } from '../errors.js';
import type { CountWindow } from '../words/bucket-name.js';

/** A whole number: a safe integer as `number`, or any signed 64-bit `bigint`. @publicApi */
export type CounterDelta = number | bigint;

/** Who changes totals by hand, and why: for the event `changed`. @publicApi */
export interface ChangeOptions {
  /** Who, as the application names people: 1 to 255 characters. @default none */
  by?: string | undefined;
  /** Why: 1 to 1,000 characters. @default none */
  reason?: string | undefined;
}

/** Options of one increment. @publicApi */
export interface IncrementOptions {
  /**
   * Milliseconds within which this increment reaches the database, plus one tick of at most a second; 0 persists at
   * once. Increments of a counter that wait together are persisted by the smallest interval among them. 0 to 604 800 000.
   *
   * @default the module's `updateInterval`, 10 000
   */
  updateInterval?: number | undefined;
  /**
   * Names this increment: within `idempotencyTtl`, increments of the counter under the same key count once. With
   * another delta they reject with `IdempotencyConflictError`. 1 to 255 characters.
   *
   * @default none: each call counts
   */
  idempotencyKey?: string | undefined;
  /** Windows in which to count too, besides those that the option `windows.counters` names for the counter. @default none */
  windows?: readonly CountWindow[] | undefined;
}

/** Options of an increment that may be part of a transaction of the application. @publicApi */
export interface TransactionalOptions extends IncrementOptions {
  /**
   * When what is counted happened, as a `Date` or in milliseconds since 1970: it counts in the windows of that moment, and in the
   * total as ever. At most `windows.acceptPast` ago and at most five minutes ahead. Excludes `transaction`.
   *
   * @default now
   */
  at?: Date | number | undefined;
  /**
   * The `EntityManager` of a transaction of the application, on the data source of the counters: the increment counts if and when that
   * transaction commits. The promise resolves when the increment is part of the transaction; its count is visible within a
   * second after the commit. Excludes `idempotencyKey` and `at`.
   *
   * @default none: the increment counts by itself
   */
  transaction?: CountingTransaction | undefined;
}

/** Options of `tryIncr()`: `max`, `min` or both. @publicApi */
export interface TryIncrementOptions extends IncrementOptions {
  /** The highest total that is allowed. @default no upper bound */
  max?: CounterDelta | undefined;
  /** The lowest total that is allowed. @default no lower bound */
  min?: CounterDelta | undefined;
  /** The window whose present count `max` and `min` bound, instead of the total. @default none: the total */
  window?: CountWindow | undefined;
}

/** Options of `incrOnce()`. @publicApi */
export interface OnceOptions extends Omit<IncrementOptions, 'idempotencyKey'> {
  /** Milliseconds from the increment on in which its key counts no further one. 1 to 34 560 000 000, which is 400 days. */
  within: number;
  /** How much to add: a whole number but 0; negative counts down. @default 1 */
  delta?: CounterDelta | undefined;
}

/** One increment of `incrMany()`. @publicApi */
export interface CounterIncrement extends TransactionalOptions {
  /** The counter. */
  name: string;
  /** How much to add: a whole number but 0; negative counts down. @default 1 */
  delta?: CounterDelta | undefined;
}

/** Asks for an answer as `bigint`, which is exact beyond 2^53 − 1. @publicApi */
export interface BigIntAnswer {
  /** Whether the answer is a `bigint` instead of a `number`. */
  bigint: true;
}

/** Asks for the error in the place of each count that cannot be answered. @publicApi */
export interface SettledAnswer {
  /** Whether one count that cannot be answered leaves the others alone. */
  settled: true;
}

/** A counter as the database has it. @publicApi */
export interface ListedCounter<Value = number> {
  /** The counter. */
  name: string;
  /** The persisted value: without pending counts. */
  value: Value;
  /** When the row was made, by the clock of the database. */
  createdAt: Date;
  /** When a batch last changed the row, by the clock of the database. */
  updatedAt: Date;
}

/** Options of `CounterService.watch()`. @publicApi */
export interface WatchOptions {
  /** Milliseconds between two reads. 100 to 3 600 000. @default 1_000 */
  every?: number | undefined;
  /**
   * Called when some of the counters cannot be read, with the first error; then once more where that happens after all of them could
   * be read again. An error that it throws ends the observable.
   *
   * @default none: the events `outage` and `recovery` tell where Redis or the database is away
   */
  onError?: ((error: FastCounterError) => void) | undefined;
}

/** Options of `CounterService.sum()` and `count()`. @publicApi */
export interface PrefixOptions {
  /** Only counters whose name begins with this. @default '', all counters */
  prefix?: string | undefined;
}

/** Options of `CounterService.list()`. @publicApi */
export interface ListOptions {
  /** Only counters whose name begins with this. @default '', all counters */
  prefix?: string | undefined;
  /** What counters are sorted by. @default 'name' */
  order?: 'name' | 'value' | undefined;
  /** Whether the lowest comes first, or the highest. @default 'asc' by name, 'desc' by value */
  direction?: 'asc' | 'desc' | undefined;
  /** Counters on a page at most, 1 to 10 000. @default 100 */
  limit?: number | undefined;
  /** The last counter of the page before: the next page begins behind that counter. @default none: the first page */
  after?: { name: string; value: CounterDelta } | undefined;
}
