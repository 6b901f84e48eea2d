import type { BucketWindow } from '../../../words/bucket-name.js';
import type { QuotaWindow } from '../windows/quota-window.types.js';

/** Options of `MeteringService.close()`. @publicApi */
export interface CloseOptions {
  /**
   * The kind of window. Of one with a time zone or a first day of its own, those of all parts, in whatever time zone, that begin with the same
   * date are closed together, when the last of them can have ended.
   */
  window: QuotaWindow;
  /** A moment in the window: a `Date`, or milliseconds since 1970. */
  at: Date | number;
  /**
   * Milliseconds that must have passed since the end of the window: for clocks that differ, and for what is counted late.
   * 0 to 100 years. @default 3_600_000, an hour
   */
  grace?: number | undefined;
  /** Whether the window is closed although counts are known to be missing: these then come too late. It does not shorten `grace`. @default false */
  evenIfIncomplete?: boolean | undefined;
  /** Who closes it, at most 255 characters. @default nobody is named */
  by?: string | undefined;
}

/** Options of `MeteringService.closings()`. @publicApi */
export interface ClosingsOptions {
  /**
   * The kind of windows. With a time zone or a first day of its own: by the dates with which these begin, from the first to the last one, those of
   * all time zones and first days.
   */
  window: QuotaWindow;
  /** A moment in the first window: a `Date`, or milliseconds since 1970. */
  from: Date | number;
  /** The windows that begin before this moment: a `Date`, or milliseconds since 1970. @default now */
  to?: Date | number | undefined;
}

/** A window that is closed: its numbers do not change any more. @publicApi */
export interface ClosedUsage {
  /** The metered name. */
  name: string;
  /** The kind of window, with a star where it has a time zone or a first day of its own. */
  window: BucketWindow;
  /** When the window begins; with a star, its date at midnight in UTC. */
  start: Date;
  /** When it ends; with a star, when the last one that begins with this date can have ended. */
  end: Date;
  /** When it was closed, by the clock of the database. */
  closedAt: Date;
  /** Who closed it; absent where nobody was named. */
  by?: string;
}

/** Options of `MeteringService.late()`. @publicApi */
export interface LateOptions extends ClosingsOptions {
  /** Parts of windows on a page at most, in number of counters: 1 to 10,000. @default 1000 */
  limit?: number | undefined;
  /** What the page before had as `next`. @default none: the first page */
  after?: string | undefined;
}

/** What came too late for a part of a closed window. @publicApi */
export interface LateCount {
  /** The counter of the part. */
  name: string;
  /** The values of its dimensions. */
  dimensions: Record<string, string>;
  /** When the closed window begins, as `closings()` has it. */
  start: Date;
  /** How much came too late. */
  delta: bigint;
  /** When it was noticed. */
  noticedAt: Date;
  /** When the window begins in which it counts instead; absent where it counts in none, but in the total alone. */
  carriedTo?: Date;
}

/** A page of what `MeteringService.late()` answers. @publicApi */
export interface LateCounts {
  /** The counts, the first that was noticed first. */
  late: LateCount[];
  /** The option `after` of the next page; absent on the last page. */
  next?: string;
}
