import { IANAZone } from 'luxon';
import type { CountWindow } from '../words/bucket-name.js';
import { ZoneClock } from './zone-clock.js';

/** From `start` up to, not including, `end`: milliseconds since 1970, whole minutes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A span that begins with a date. */
export interface DatedSpan extends Span {
  /** The midnight of that date in UTC, whatever the time zone: milliseconds since 1970. */
  date: number;
}

/** Windows that begin with a date. */
export type DatedWindow = Extract<CountWindow, 'day' | 'week' | 'month'>;

export const isTimeZone = (zone: string): boolean => IANAZone.isValidZone(zone);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** The first Monday since 1970. */
const MONDAY = 4 * DAY;

/**
 * Minutes, hours, days, weeks and months of a time zone. They follow one another without gap or overlap, and an
 * instant is in one of each, whichever instant of it is asked about:
 *
 * - A day begins at the first instant at which clocks show its date, and ends where the next one begins.
 *   Where midnight comes twice, the first one counts; what clocks show again after that is of the new day.
 *   A date that clocks never show has no day. The same holds for months, and for weeks, which begin on Monday (ISO 8601).
 * - An hour begins where clocks show a whole hour. Where they are moved by whole hours, the hour that comes
 *   twice is two. Where they are moved by a part of an hour, the hour ends at once, and a shorter one
 *   begins.
 * - A month may begin on another day than the first, its anchor. Where a month is shorter, it begins on its last day, and the
 *   next one on the anchor again.
 */
export class Calendar {
  private readonly clock: ZoneClock;
  private readonly last: Partial<Record<CountWindow, Span>> = {};
  /** By window and anchor. */
  private readonly lastDated = new Map<string, DatedSpan>();

  constructor(readonly timeZone: string) {
    this.clock = new ZoneClock(timeZone);
  }

  /** The window that an instant is in. */
  spanOf(window: CountWindow, instant: number): Span {
    const last = this.last[window];
    if (last !== undefined && instant >= last.start && instant < last.end) return last;
    return (this.last[window] = this.find(window, instant));
  }

  /** The windows from the one that `from` is in up to, not including, those that begin at `to` or later. */
  *spans(window: CountWindow, from: number, to: number): Generator<Span> {
    for (let span = this.spanOf(window, from); span.start < to;) {
      yield span;
      span = this.find(window, span.end);
    }
  }

  /** The same with its date, of months that begin on the day `anchor`, from 1 to 31. */
  datedSpanOf(window: DatedWindow, instant: number, anchor = 1): DatedSpan {
    const key = `${window}${anchor}`;
    const last = this.lastDated.get(key);
    if (last !== undefined && instant >= last.start && instant < last.end) return last;
    const found = this.findDated(window, instant, anchor);
    this.lastDated.set(key, found);
    return found;
  }

  /** The instants at which clocks are moved, but for the first of the span. */
  movesWithin({ start, end }: Span): number[] {
    return Array.from(this.clock.moves(start, end), ({ at }) => at);
  }

  /**
   * The instants at which clocks are moved so that they show a midnight twice or never, or by a part of an
   * hour. For years since 2000.
   */
  oddMoves(from: number, to: number): number[] {
    return Array.from(this.clock.movesOfYears(from, to))
      .filter(({ at, before, after }) => {
        const [first, last] = [at + Math.min(before, after), at + Math.max(before, after)];
        return (after - before) % HOUR !== 0 || startOfDay(last - 1) >= first;
      })
      .map(({ at }) => at);
  }

  /** The same, for an instant that is of no interest later. */
  find(window: CountWindow, instant: number): Span {
    switch (window) {
      case 'minute':
        return minuteOf(instant);
      case 'hour':
        return this.hourOf(instant);
      case 'day':
      case 'week':
      case 'month': {
        const { start, end } = this.findDated(window, instant);
        return { start, end };
      }
    }
  }

  /** The same with its date. */
  findDated(window: DatedWindow, instant: number, anchor = 1): DatedSpan {
    switch (window) {
      case 'day':
        return this.dateOf(instant, startOfDay, (start) => start + DAY);
      case 'week':
        return this.dateOf(instant, startOfWeek, (start) => start + WEEK);
      case 'month':
        return this.dateOf(
          instant,
          (shown) => startOfMonth(shown, anchor),
          (start) => inMonth(start, 1, anchor),
        );
    }
  }

  private hourOf(instant: number): Span {
    const shown = instant + this.clock.offsetAt(instant);
    let start = instant - modulo(shown, HOUR);
    let end = start + HOUR;
    for (const { at, before, after } of this.clock.moves(start, end)) {
      if ((after - before) % HOUR === 0) continue;
      if (at > instant) {
        end = at;
        break;
      }
      start = at;
    }
    return { start, end };
  }

  /** `startOf` and `next` are about times that clocks show, as if these were in UTC. */
  private dateOf(
    instant: number,
    startOf: (shown: number) => number,
    next: (start: number) => number,
  ): DatedSpan {
    let date = startOf(instant + this.clock.offsetAt(instant));
    let following = next(date);
    let start = this.clock.firstShowing(date);
    let end = this.clock.firstShowing(following);
    // clocks were put back, to a date that is over
    while (end <= instant) {
      date = following;
      following = next(date);
      start = end;
      end = this.clock.firstShowing(following);
    }
    return { start, end, date };
  }
}

/** All that is kept begins at a whole minute of UTC, and so do the minutes of every zone since 1972. */
function minuteOf(instant: number): Span {
  const start = Math.floor(instant / MINUTE) * MINUTE;
  return { start, end: start + MINUTE };
}

const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;

const startOfDay = (shown: number): number => shown - modulo(shown, DAY);

const startOfWeek = (shown: number): number => shown - modulo(shown - MONDAY, WEEK);

const startOfMonth = (shown: number, anchor: number): number => {
  const start = inMonth(shown, 0, anchor);
  return start <= shown ? start : inMonth(shown, -1, anchor);
};

/** Where the month begins that is this many months behind that of a date: on its day `anchor`, or on its last day. */
function inMonth(shown: number, months: number, anchor: number): number {
  const date = new Date(startOfDay(shown));
  // day 0 of a month is the last one of the month before
  const last = new Date(date).setUTCMonth(date.getUTCMonth() + months + 1, 0);
  return date.setUTCMonth(
    date.getUTCMonth() + months,
    Math.min(anchor, new Date(last).getUTCDate()),
  );
}
