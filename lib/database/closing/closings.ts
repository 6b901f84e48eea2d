import type { BucketWindow } from '../../words/bucket-name.js';
import type { Int64String } from '../../words/int64.js';

/** One window of a metered name. Times are in milliseconds since 1970. */
export interface ClosedWindow {
  /** The metered name, without dimensions. */
  name: string;
  /** The kind of window. */
  window: BucketWindow;
  /** When the window begins, as its rows have it. */
  start: number;
}

/** A window that is closed. */
export interface Closing extends ClosedWindow {
  /** Of the call that closed it. */
  id: string;
  /** When it was closed, by the clock of the database. */
  closedAt: Date;
  /** Who closed it; empty where nobody was named. */
  by: string;
}

/** What came too late for a closed window. */
export interface LateRow {
  /** Ids sort in the order in which late counts were noticed. */
  id: string;
  /** The counter of the part. */
  name: string;
  /** The kind of window. */
  window: BucketWindow;
  /** When the closed window begins. */
  start: number;
  /** How much came too late. */
  delta: Int64String;
  /** When it was noticed, by the clock of its process. */
  noticedAt: Date;
  /** When the window begins in which it counts instead; undefined where it counts in none. */
  carriedTo?: number | undefined;
}

/** Windows of one kind that follow one another, by when the first and the last of them begin. */
export interface ClosedRange {
  /** The kind of windows. */
  window: BucketWindow;
  /** When the first of them begins: milliseconds since 1970. */
  first: number;
  /** When the last of them begins. */
  last: number;
}

/** The range of one window alone. */
export const rangeOf = ({ window, start }: Omit<ClosedWindow, 'name'>): ClosedRange => ({
  ...{ window, first: start, last: start },
});

/**
 * Windows that are closed, with the numbers of their parts as these were then, and what came later. Each method is one transaction,
 * and throws as the methods of `CounterStore` do.
 */
export interface Closings {
  /** Whether the tables are there: they come with version 2 of the schema. */
  exists(): Promise<boolean>;
  /**
   * Closes a window: keeps what the rows of all parts of the name hold. Answers the closing, that of the first call where
   * the window is closed already. With `end`, when the window ends, it closes nothing and answers undefined while increments that are
   * committed wait to be counted in it. Repeatable.
   */
  close(closed: ClosedWindow, id: string, by: string, end?: number): Promise<Closing | undefined>;
  /** What a part counted in a closed window. */
  number(part: ClosedWindow): Promise<Int64String>;
  /** The closed windows of a name in a range, the earliest first; at most 10,000. */
  find(name: string, range: ClosedRange): Promise<Closing[]>;
  /** Windows of any name that begin after a time and are closed, the latest first: 10,000 of them behind so many others. */
  since(time: number, skipped?: number): Promise<Closing[]>;
  /**
   * Takes out of the rows of a closed window what is not in its number, and notes it. With `carryTo`, when a window of the same kind
   * begins, it is handed to the outbox, which counts it there. Answers what was noted by this call, of at most `limit` parts.
   */
  takeLate(closed: ClosedWindow, carryTo: number | undefined, limit: number): Promise<LateRow[]>;
  /** What came too late for windows in a range of parts of a name, the first that was noticed first: a page behind an id. */
  late(
    name: string,
    range: ClosedRange,
    page: { after?: string | undefined; limit: number },
  ): Promise<LateRow[]>;
  /**
   * Counters that have a row of a closed window which was changed without a batch since a time, by what came too late or by a
   * correction: the names behind a name, each once, in order. The time is that of the processes that changed the rows.
   */
  changedSince(time: number, page: { after: string; limit: number }): Promise<string[]>;
}

/** Most windows that are read at once. */
export const MOST_CLOSINGS = 10_000;
