import type { CounterDelta, ListOptions, TransactionalOptions } from '../../input/counter.types.js';
import type { TopRange } from '../../counting/top-range.js';
import type { Dimensions } from './dimensions.js';
import type { QuotaWindow } from './windows/quota-window.types.js';

/** Options of `MeteringService.record()`. @publicApi */
export interface MeterOptions extends TransactionalOptions {
  /** What the count is broken down by. 4 dimensions at most, unless `combinations` are given. @default none: the total alone */
  dimensions?: Dimensions | undefined;
  /**
   * The combinations of dimensions that have a counter, besides the total. 256 at most.
   *
   * @default every combination: of tenant and plan, each tenant, each plan, and each tenant with each plan
   */
  combinations?: readonly (readonly string[])[] | undefined;
}

/** Options of `MeteringService.list()`. @publicApi */
export interface MeteredGroupOptions extends Omit<ListOptions, 'prefix' | 'after'> {
  /** The dimension, or the combination of dimensions. */
  groupBy: string | readonly string[];
  /** The last part of the page before: the next page begins behind that part. @default none: the first page */
  after?: { name?: string | undefined; dimensions: Dimensions; value: CounterDelta } | undefined;
}

/**
 * Options of `MeteringService.top()`: either `prefix`, or `name` with `groupBy`.
 *
 * @publicApi
 */
export interface TopOptions extends TopRange {
  /** Counters whose name begins with this: `views:`, say. @default none: `name` and `groupBy` are given */
  prefix?: string | undefined;
  /** A metered name, whose parts are ranked. @default none: `prefix` is given */
  name?: string | undefined;
  /** The dimension of `name`, or the combination of dimensions. @default none: `prefix` is given */
  groupBy?: string | readonly string[] | undefined;
  /** The last counter of the page before: the next page begins behind it. @default none: the first page */
  after?: { name: string; value: CounterDelta } | undefined;
}

/** One of the counters that counted the most. @publicApi */
export interface TopCounter<Value = number> {
  /** The counter. */
  name: string;
  /** The values of its dimensions; none where it is no part of a metered name. */
  dimensions: Record<string, string>;
  /** What it counted, pending counts included. */
  value: Value;
}

/** Part of a total, as the database has it. @publicApi */
export interface MeteredGroup<Value = number> {
  /** The counter of this part. */
  name: string;
  /** The values of the dimensions of this part. */
  dimensions: Record<string, string>;
  /** The persisted value: without pending counts. */
  value: Value;
}

/** Options of `MeteringService.usage()`. @publicApi */
export interface UsageOptions extends Omit<TopRange, 'limit' | 'window'> {
  /**
   * The kind of windows; the counters must be kept per such window. Of one with a time zone or a first day of its own, the window of `from`
   * alone: that of all parts, in whatever time zone, whose window begins with the same date. @default none: the total
   */
  window?: QuotaWindow | undefined;
  /** The dimension whose values are the parts, or the combination of dimensions. `[]`: the one part that has `dimensions`, or the name itself. */
  groupBy: string | readonly string[];
  /** Only parts with these values of further dimensions. @default none: parts by `groupBy` alone */
  dimensions?: Dimensions | undefined;
  /** Parts on a page at most: 1 to 10,000 counters. Few large pages cost less. @default 1000 */
  limit?: number | undefined;
  /** What the page before had as `next`. @default none: the first page */
  after?: string | undefined;
}

/** A page of what `MeteringService.usage()` answers. @publicApi */
export interface Usage<Value = number> {
  /** The parts, in the order of the names of their counters, byte for byte. */
  parts: UsagePart<Value>[];
  /** Every increment that was acknowledged before this instant is included, by the clock of this process. */
  asOf: Date;
  /**
   * Whether these numbers never change: `MeteringService.close()` closed all of the windows. Where it closed some of them, these have
   * their final numbers in the sum.
   */
  final: boolean;
  /** The option `after` of the next page; absent on the last page. */
  next?: string;
}

/** A part of a metered name. @publicApi */
export interface UsagePart<Value = number> {
  /** The counter of this part. */
  name: string;
  /** The values of the dimensions of this part. */
  dimensions: Record<string, string>;
  /** What the part counted, pending counts included. */
  value: Value;
}

/** Options of `MeteringService.series()` and `MeteringService.sum()`. @publicApi */
export interface SeriesOptions {
  /** The window of each point, or the windows that are summed; also one with a time zone or a first day of its own. */
  window: QuotaWindow;
  /** A time in the first window: a `Date`, or milliseconds since 1970. */
  from: Date | number;
  /** A time before which the last window begins: a `Date`, or milliseconds since 1970. @default now */
  to?: Date | number | undefined;
  /** The part of the total whose windows to read. @default none: the total */
  dimensions?: Dimensions | undefined;
}

/** One window of a series. @publicApi */
export interface SeriesPoint<Value = number> {
  /** When the window begins. */
  start: Date;
  /** When the window ends, and the next one begins. */
  end: Date;
  /** What was counted in the window, pending counts included. */
  value: Value;
  /**
   * False where the value is 0 because the window is not kept: it is past its `windows.retention`, or no rule of
   * `windows.counters` fits the counter and the whole series is 0. Absent where the value is what was counted.
   */
  kept?: false;
}
