import {
  type Bucket,
  type BucketWindow,
  type CountWindow,
  bucketSuffix,
  isOwn,
  type OwnBucket,
  type StarredWindow,
} from '../words/bucket-name.js';
import { Calendar, type DatedSpan, type DatedWindow, isTimeZone } from './calendar.js';

const KINDS = { 'day*': 'day', 'week*': 'week', 'month*': 'month' } as const;
const DAY = 86_400_000;
const LAST_ANCHOR = 31;

/**
 * Days, weeks or months of a time zone of their own, and months that begin on a day of their own. Their buckets are named by the date with which
 * they begin, without the time zone: so a tenant who moves to another time zone goes on where he was, and gets no second quota
 * for a date.
 */
export class OwnSpans {
  /** As rows have it. */
  readonly bucketWindow: BucketWindow;

  constructor(
    readonly kind: DatedWindow,
    private readonly calendar: Calendar,
    /** The day on which months begin, 1 to 31. */
    private readonly anchor = 1,
  ) {
    this.bucketWindow = `${kind}*`;
  }

  spanOf(instant: number): DatedSpan {
    return this.calendar.datedSpanOf(this.kind, instant, this.anchor);
  }

  bucketAt(instant: number): OwnBucket {
    const { start, end, date } = this.spanOf(instant);
    return { start, end, suffix: bucketSuffix({ window: this.bucketWindow, start: date }) };
  }

  /** Those from the one that `from` is in up to, not including, those that begin at `to` or later. */
  *spans(from: number, to: number): Generator<DatedSpan> {
    for (let span = this.spanOf(from); span.start < to;) {
      yield span;
      span = this.calendar.findDated(this.kind, span.end, this.anchor);
    }
  }
}

/** What names of time zones, and offsets such as +05:30, consist of. */
const NAME = /^[\w+:/-]{1,64}$/;
/** More than there are zones: names that differ in capital letters alone are one. */
const MOST_CALENDARS = 1_000;
const calendars = new Map<string, Calendar>();

/** The calendar of a time zone; undefined where there is no such zone. Each is made once: it knows what it was asked before. */
export function calendarOf(timeZone: string): Calendar | undefined {
  if (!NAME.test(timeZone)) return undefined;
  const key = timeZone.toLowerCase();
  const known = calendars.get(key);
  if (known !== undefined) return known;
  if (!isTimeZone(timeZone)) return undefined;
  const [oldest] = calendars.keys();
  if (calendars.size >= MOST_CALENDARS && oldest !== undefined) calendars.delete(oldest);
  const calendar = new Calendar(timeZone);
  calendars.set(key, calendar);
  return calendar;
}

/** The kind without a star. */
export function kindOf(window: StarredWindow): DatedWindow;
export function kindOf(window: BucketWindow): CountWindow;
export function kindOf(window: BucketWindow): CountWindow {
  return isOwn(window) ? KINDS[window] : window;
}

/**
 * When the window of a row has ended for all counters. One with a time zone or a first day of its own is named by its date alone: of those that
 * begin with that date, the one with the latest anchor ends last, and a day later there is no time zone in which it lasts on.
 */
export function endOfBucket({ window, start }: Bucket, calendar: Calendar): number {
  if (!isOwn(window)) return calendar.find(window, start).end;
  const utc = calendarOf('UTC') ?? calendar;
  let end = start;
  for (let anchor = new Date(start).getUTCDate(); anchor <= LAST_ANCHOR; anchor++) {
    const span = utc.findDated(kindOf(window), start, anchor);
    if (span.start === start) end = Math.max(end, span.end);
  }
  return end + DAY;
}
