import type { CounterDelta } from '../../../input/counter.types.js';
import type { BucketWindow, CountWindow } from '../../../words/bucket-name.js';
import type { Dimensions } from '../dimensions.js';
import type { QuotaWindow } from '../windows/quota-window.types.js';

/** Options of `MeteringService.correct()`: either `delta` or `value`. @publicApi */
export interface CorrectOptions {
  /** The kind of window; also one with a time zone or a first day of its own. */
  window: QuotaWindow;
  /** A time in the window: a `Date`, or milliseconds since 1970. */
  at: Date | number;
  /** The part whose count is corrected. @default none: the name itself */
  dimensions?: Dimensions | undefined;
  /** What is added, a whole number but 0; negative takes away. @default none: `value` is given */
  delta?: CounterDelta | undefined;
  /** What the window should have counted: what is missing to it is added. @default none: `delta` is given */
  value?: CounterDelta | undefined;
  /** Why: kept with the correction. 1 to 1000 characters. */
  reason: string;
  /** Who: kept with the correction. 1 to 255 characters. */
  by: string;
  /** A correction of this window with the same id is made once, however often it is asked for. 1 to 64 characters. @default random */
  id?: string | undefined;
  /** Longer windows around this one that get the same, beside those that `windows.counters` names. @default none */
  windows?: readonly CountWindow[] | undefined;
}

/** What `MeteringService.correct()` answers. @publicApi */
export interface Corrected<Value = number> {
  /** What tells the correction from others of this window. */
  id: string;
  /** When the window begins. */
  start: Date;
  /** When the window ends. */
  end: Date;
  /** What the correction added. */
  delta: Value;
  /** What the window had counted before this call, pending counts included. */
  before: Value;
  /** The same, with what this call added. */
  after: Value;
  /** False where there was nothing to do: a correction with this `id` was made before, or the window had this `value`. */
  made: boolean;
}

/** Options of `MeteringService.corrections()`. @publicApi */
export interface CorrectionsOptions {
  /**
   * Corrections that changed the counts of windows of this kind. With a time zone or a first day of its own: by the dates with
   * which these begin, from the first to the last one, those of all time zones and first days.
   */
  window: QuotaWindow;
  /** A time in the first window: a `Date`, or milliseconds since 1970. @default none: from the first one on */
  from?: Date | number | undefined;
  /** Windows that begin before this: a `Date`, or milliseconds since 1970. @default none: up to the last one */
  to?: Date | number | undefined;
  /** Those of this part alone; `{}` for the name itself. @default none: the name and all of its parts */
  dimensions?: Dimensions | undefined;
  /** Corrections on a page at most, 1 to 1,000. @default 1000 */
  limit?: number | undefined;
  /** The last correction of the page before. @default none: the first page */
  after?: Pick<Correction, 'name' | 'window' | 'start' | 'id'> | undefined;
}

/** A correction that is kept. @publicApi */
export interface Correction<Value = number> {
  /** What tells it from others of its window. */
  id: string;
  /** The counter. */
  name: string;
  /** The values of its dimensions. */
  dimensions: Record<string, string>;
  /** The window that was corrected: the one that was asked for, or a shorter one in it. */
  window: BucketWindow;
  /** When that window begins; that of a time zone or a first day of its own: its date at midnight in UTC. */
  start: Date;
  /** Longer windows around it that got the same. */
  windows: CountWindow[];
  /** What was added. */
  delta: Value;
  /** Whether the window that was asked for was closed before: then it is not in the number that the window was closed with. */
  afterClosing: boolean;
  /** Why. */
  reason: string;
  /** Who. */
  by: string;
  /** When, by the clock of the process that made it. */
  madeAt: Date;
}
