import { DateTime } from 'luxon';
import type { CountWindow } from '../cache/bucket-name.js';
import type { Calendar } from './calendar.js';

const HOUR = 3_600_000;
const LENGTH = { minute: 60_000, hour: HOUR };

/**
 * Where version 0.1.0 let the window of an instant begin: by the offset that held at that instant, also
 * where another one held when the window began.
 */
export function formerStart(timeZone: string, window: CountWindow, instant: number): number {
  const at = DateTime.fromMillis(instant, { zone: timeZone });
  if (window === 'day' || window === 'month') return at.startOf(window).toMillis();
  const local = instant + at.offset * 60_000;
  return instant - (((local % LENGTH[window]) + LENGTH[window]) % LENGTH[window]);
}

/**
 * The start of the window whose instants version 0.1.0 had begin at `start`; undefined where it had none
 * begin there.
 */
export function startInsteadOf(
  calendar: Calendar,
  window: CountWindow,
  start: number,
): number | undefined {
  // no clock was moved by more than a day
  for (const span of calendar.spans(window, start - 26 * HOUR, start + 3 * HOUR)) {
    const instants = [span.start, ...calendar.movesWithin(span), span.end - 1];
    const isIt = (instant: number): boolean =>
      formerStart(calendar.timeZone, window, instant) === start;
    if (instants.some(isIt)) return span.start;
  }
  return undefined;
}
