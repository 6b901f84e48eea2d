import type { CounterDelta, IncrementOptions, ListOptions } from '../../input/counter.types.js';
import type { CountWindow } from '../../windows/windows.js';
import type { Dimensions } from './dimensions.js';

/** @publicApi */
export interface MeterOptions extends IncrementOptions {
  /** What the count is broken down by, 4 at most unless `combinations` are given. */
  dimensions?: Dimensions | undefined;
  /**
   * Which of their combinations have a counter, beside the total.
   *
   * @default every one: with tenant and plan those of each tenant, of each plan, and of both together
   */
  combinations?: readonly (readonly string[])[] | undefined;
}

/** @publicApi */
export interface MeteredGroupOptions extends Omit<ListOptions, 'prefix' | 'after'> {
  /** The dimension, or the combination of dimensions. */
  groupBy: string | readonly string[];
  /** The last part of the page before; the answer begins behind it. */
  after?: { name?: string | undefined; dimensions: Dimensions; value: CounterDelta } | undefined;
}

/** Part of a total, as the database has it. @publicApi */
export interface MeteredGroup<Value = number> {
  /** The counter of this part. */
  name: string;
  dimensions: Record<string, string>;
  /** The persisted value: without what is pending. */
  value: Value;
}

/** @publicApi */
export interface SeriesOptions {
  window: CountWindow;
  /** A `Date`, or milliseconds since 1970; the first point is the window that it is in. */
  from: Date | number;
  /** The last point begins before. @default now */
  to?: Date | number | undefined;
  dimensions?: Dimensions | undefined;
}

/** What was counted from `start` up to `end`. @publicApi */
export interface SeriesPoint<Value = number> {
  start: Date;
  end: Date;
  value: Value;
  /**
   * The value is 0, and says nothing: the window is past its `windows.retention`, or no rule of `windows.counters` keeps it for
   * this counter and nothing was found in the whole series. Absent where the value is what was counted.
   */
  kept?: false;
}

/** @publicApi */
export interface QuotaOptions extends Pick<IncrementOptions, 'updateInterval' | 'idempotencyKey'> {
  /** How much may be used; `Infinity` is no limit, and what is used is counted all the same. */
  limit: CounterDelta;
  /** What the limit is per. @default none: the total */
  window?: CountWindow | undefined;
  /**
   * How much to take. 0 takes nothing, and is allowed while less than the limit is used. A negative
   * one gives back, or if less is used, does nothing and is not allowed.
   *
   * @default 1
   */
  delta?: CounterDelta | undefined;
  /** Whose quota it is: each combination has one of its own. */
  dimensions?: Dimensions | undefined;
}

/** @publicApi */
export interface QuotaState<Value = number> {
  /** Whether it was taken. */
  allowed: boolean;
  limit: Value;
  /** Never below 0. */
  used: Value;
  /** What is left of the limit, from 0 to the limit. */
  remaining: Value;
  /** When the window ends; absent without one. */
  resetsAt?: Date;
}
