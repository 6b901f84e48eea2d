import type { CountWindow } from '../words/bucket-name.js';

/** A whole number: a safe integer as `number`, or any signed 64-bit `bigint`. */
export type CounterDelta = number | bigint;

/** @publicApi */
export interface IncrementOptions {
  /**
   * Milliseconds within which this increment reaches the database (plus one tick); 0 persists at
   * once. The smallest interval of the increments that wait together wins.
   *
   * @default the module's `updateInterval`, 10 000
   */
  updateInterval?: number | undefined;
  /**
   * Counted once per counter, however often it is sent within `idempotencyTtl`. The same key with
   * another delta rejects with `IdempotencyConflictError`. 1 to 255 characters.
   */
  idempotencyKey?: string | undefined;
  /** Also count in the present minute, hour, day or month, besides the windows of the option `windows.counters`. @default none */
  windows?: readonly CountWindow[] | undefined;
}

/** `max`, `min` or both. @publicApi */
export interface TryIncrementOptions extends IncrementOptions {
  /** The highest total that is allowed. @default no upper bound */
  max?: CounterDelta | undefined;
  /** The lowest total that is allowed. @default no lower bound */
  min?: CounterDelta | undefined;
  /** `max` and `min` are bounds of the count of the present window, not of the total. @default none: the total */
  window?: CountWindow | undefined;
}

/** One increment of `incrMany()`. @publicApi */
export interface CounterIncrement extends IncrementOptions {
  name: string;
  /** @default 1 */
  delta?: CounterDelta | undefined;
}

/** Asks for the answer as `bigint`, as `fs.stat` does. @publicApi */
export interface BigIntAnswer {
  bigint: true;
}

/** A counter as the database has it. @publicApi */
export interface ListedCounter<Value = number> {
  name: string;
  /** The persisted value: without what is pending. */
  value: Value;
  createdAt: Date;
  updatedAt: Date;
}

/** @publicApi */
export interface ListOptions {
  /** Only counters whose name begins with this. */
  prefix?: string | undefined;
  /** @default 'name' */
  order?: 'name' | 'value' | undefined;
  /** @default 'asc' by name, 'desc' by value */
  direction?: 'asc' | 'desc' | undefined;
  /** How many at most, 1 to 10 000. @default 100 */
  limit?: number | undefined;
  /** The last counter of the page before; the answer begins behind it. */
  after?: { name: string; value: CounterDelta } | undefined;
}
