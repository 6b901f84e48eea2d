import type { CounterDelta, IncrementOptions, ListOptions } from '../../counting/counter.types.js';
import type { CountWindow } from '../../counting/windows.js';
import type { Dimensions } from './dimensions.js';

/** @publicApi */
export interface MeterOptions extends IncrementOptions {
  /** What the count is broken down by, 4 at most unless `combinations` are given. */
  dimensions?: Dimensions;
  /**
   * Which of their combinations have a counter, beside the total.
   *
   * @default every one: with tenant and plan those of each tenant, of each plan, and of both together
   */
  combinations?: readonly (readonly string[])[];
}

/** @publicApi */
export interface GroupOptions extends Omit<ListOptions, 'prefix' | 'after'> {
  /** The dimension, or the combination of dimensions. */
  groupBy: string | readonly string[];
  /** The last part of the page before. */
  after?: { dimensions: Dimensions; value: CounterDelta };
}

/** Part of a total. @publicApi */
export interface Group<Value = number> {
  dimensions: Record<string, string>;
  value: Value;
}

/** @publicApi */
export interface SeriesOptions {
  window: CountWindow;
  /** A `Date`, or milliseconds since 1970; the first point is the window that it is in. */
  from: Date | number;
  /** The last point begins before. @default now */
  to?: Date | number;
  dimensions?: Dimensions;
}

/** What was counted from `start` up to `end`. @publicApi */
export interface SeriesPoint<Value = number> {
  start: Date;
  end: Date;
  value: Value;
}

/** @publicApi */
export interface QuotaOptions extends Pick<IncrementOptions, 'updateInterval' | 'idempotencyKey'> {
  limit: number;
  /** What the limit is per. @default none: the total */
  window?: CountWindow;
  /** How much to take. @default 1 */
  delta?: CounterDelta;
  /** Whose quota it is: each combination has one of its own. */
  dimensions?: Dimensions;
}

/** @publicApi */
export interface Quota {
  /** Whether it was taken. */
  allowed: boolean;
  limit: number;
  used: number;
  remaining: number;
  /** When the window ends; absent without one. */
  resetsAt?: Date;
}
