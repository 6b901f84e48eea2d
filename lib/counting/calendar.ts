import { DateTime, IANAZone } from 'luxon';
import type { CountWindow } from '../cache/bucket-name.js';

/** From `start` up to, not including, `end`: milliseconds since 1970. */
export interface Span {
  start: number;
  end: number;
}

export const isTimeZone = (zone: string): boolean => IANAZone.isValidZone(zone);

/**
 * Minutes, hours, days and months of a time zone. Where clocks are put back, the hour that comes twice
 * is two windows; a day has 23 to 25 hours.
 */
export class Calendar {
  constructor(readonly timeZone: string) {}

  /** The window that an instant is in. */
  spanOf(window: CountWindow, instant: number): Span {
    const at = DateTime.fromMillis(instant, { zone: this.timeZone });
    if (window === 'minute' || window === 'hour') return exact(at, window);
    const start = at.startOf(window);
    return {
      start: start.toMillis(),
      end: start
        .plus({ [window]: 1 })
        .startOf(window)
        .toMillis(),
    };
  }

  /** The windows from the one that `from` is in up to, not including, those that begin at `to` or later. */
  *spans(window: CountWindow, from: number, to: number): Generator<Span> {
    for (let span = this.spanOf(window, from); span.start < to;) {
      yield span;
      span = this.spanOf(window, span.end);
    }
  }
}

const LENGTH = { minute: 60_000, hour: 3_600_000 };

/** By the offset that holds now: startOf() would take the first of two hours for the second. */
function exact(at: DateTime, window: 'minute' | 'hour'): Span {
  const local = at.toMillis() + at.offset * 60_000;
  const start = at.toMillis() - (((local % LENGTH[window]) + LENGTH[window]) % LENGTH[window]);
  return { start, end: start + LENGTH[window] };
}
