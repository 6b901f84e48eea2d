import type { CounterDelta, IncrementOptions } from '../../input/counter.types.js';
import type { Dimensions } from './dimensions.js';
import type { QuotaWindow } from './windows/quota-window.types.js';

/** Options of `MeteringService.quota()`. @publicApi */
export interface QuotaLookOptions {
  /** How much may be used, from 0. `Infinity` is no limit: what is used is counted nevertheless. */
  limit: CounterDelta;
  /**
   * The window that the limit holds for: one of the option `windows.timeZone`, or one with a time zone or a first day of its own,
   * such as `{ month: { anchor: 17, timeZone: 'Europe/Berlin' } }`.
   *
   * @default none: the limit holds for the total
   */
  window?: QuotaWindow | undefined;
  /** An instant in the window that is asked for, as a `Date` or in milliseconds since 1970. @default now: the present window */
  at?: Date | number | undefined;
  /** Whose quota it is: each combination of values has a quota of its own. @default none: one quota for all */
  dimensions?: Dimensions | undefined;
}

/** Options of `MeteringService.consume()`. @publicApi */
export interface QuotaOptions
  extends
    Omit<QuotaLookOptions, 'at'>,
    Pick<IncrementOptions, 'updateInterval' | 'idempotencyKey'> {
  /**
   * How much to take. 0 takes nothing, and is allowed while less than the limit is used. A negative delta gives back; where
   * less is used than it gives back, it does nothing and is not allowed.
   *
   * @default 1
   */
  delta?: CounterDelta | undefined;
  /**
   * What happens beyond the limit: `'refuse'` takes nothing; `'count'` takes all the same, and the answer tells in `over` how much
   * is used beyond the limit.
   *
   * @default 'refuse'
   */
  overage?: 'refuse' | 'count' | undefined;
  /**
   * Shares of the limit, such as `[0.8, 1]`: when so much is used, the event `quotaCrossed` tells it, once for each window over all
   * processes. At most 16, each above 0 and up to 100, with at most 6 decimals.
   *
   * @default none
   */
  thresholds?: readonly number[] | undefined;
}

/** How much of a quota is used, as `MeteringService.quota()` answers it. @publicApi */
export interface QuotaState<Value = number> {
  /** Of `quota()`: whether less than the limit is used. Of `consume()`: whether the delta was taken. */
  allowed: boolean;
  /** The limit that was given. */
  limit: Value;
  /** How much is used, after the call; never below 0. More than the limit where overage is counted, or the limit was lowered. */
  used: Value;
  /** How much of the limit is left, from 0 to the limit. */
  remaining: Value;
  /** How much is used beyond the limit; 0 where that is nothing. */
  over: Value;
  /** When the window began; absent where the limit holds for the total. */
  startsAt?: Date;
  /** When the window ends; absent where the limit holds for the total. */
  resetsAt?: Date;
}

/** What `MeteringService.consume()` answers. @publicApi */
export interface ConsumedQuota<Value = number> extends QuotaState<Value> {
  /**
   * Gives back what the call took, to the window that it was taken from, also when that is over. Once, however often it is called.
   * Where the call was refused there is nothing to give back. Resolves when Redis has it; need not be awaited.
   *
   * @throws what `CounterService.incr()` throws. After `OutcomeUnknownError` it is delivered when Redis answers again
   */
  readonly refund: () => Promise<void>;
}

/** What holds for every quota of an application, unless its rule says something else: option `quotas`. @publicApi */
export interface QuotaDefaults {
  /** Whether calls pass or are answered with 503 while Redis or the database gives no answer. @default 'allow' */
  whenUnavailable?: 'allow' | 'refuse' | undefined;
  /** Milliseconds for which a call waits for an answer, for all its quotas together. 1 to 600 000. @default 1_000 */
  timeout?: number | undefined;
  /**
   * Which calls the quota is charged for. With `'success'` a call gets back what it took unless it succeeds: on HTTP, where the
   * status of the answer is 400 or more, whoever made it; elsewhere, where `@CountCalls()` would not count it.
   *
   * @default 'always'
   */
  charge?: 'always' | 'success' | undefined;
}
