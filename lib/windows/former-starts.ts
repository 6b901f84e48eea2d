import { DateTime } from 'luxon';
import { type Bucket, type CountWindow, WINDOWS } from '../words/bucket-name.js';
import type { Calendar, Span } from './calendar.js';

const HOUR = 3_600_000;
const LENGTH = { minute: 60_000, hour: HOUR };
/** Version 0.1.0 had no weeks. */
type FormerWindow = Exclude<CountWindow, 'week'>;
export const FORMER = WINDOWS.filter((window): window is FormerWindow => window !== 'week');

/**
 * Where version 0.1.0 let the window of an instant begin: by the offset that held at that instant, also
 * where another one held when the window began.
 */
export function formerStart(timeZone: string, window: FormerWindow, instant: number): number {
  const at = DateTime.fromMillis(instant, { zone: timeZone });
  if (window === 'day' || window === 'month') return at.startOf(window).toMillis();
  const local = instant + at.offset * 60_000;
  return instant - (((local % LENGTH[window]) + LENGTH[window]) % LENGTH[window]);
}

/** Where version 0.1.0 let windows begin that do not begin there, because of moves of the clocks in a time. */
export function misplacedStarts(calendar: Calendar, from: number, to: number): Bucket[] {
  const found = new Map<string, Bucket>();
  for (const move of calendar.oddMoves(from, to)) {
    for (const window of FORMER) {
      const near = NEAR[window];
      for (const span of calendar.spans(window, move - near, move + near)) {
        for (const instant of telling(calendar, span)) {
          const start = formerStart(calendar.timeZone, window, instant);
          const isRight = calendar.spanOf(window, start).start === start;
          if (!isRight) found.set(`${window} ${start}`, { window, start });
        }
      }
    }
  }
  return [...found.values()];
}

/** Milliseconds back to which split windows are looked for: longer than version 0.1.0 exists. */
const LOOK_BACK = 3 * 366 * 24 * HOUR;

/** Those of the time in which version 0.1.0 may have counted. */
export function recentMisplacedStarts(calendar: Calendar, now = Date.now()): Bucket[] {
  return misplacedStarts(calendar, now - LOOK_BACK, now);
}

/** How far from a move of the clocks windows may begin elsewhere. */
const NEAR = { minute: 0, hour: 2 * HOUR, day: 26 * HOUR, month: 26 * HOUR };

/** Instants of a window by which version 0.1.0 found all the starts that it had for that window. */
const telling = (calendar: Calendar, span: Span): number[] => [
  span.start,
  ...calendar.movesWithin(span),
  span.end - 1,
];

/**
 * The start of the window whose instants version 0.1.0 had begin at `start`; undefined where it had none
 * begin there.
 */
export function startInsteadOf(
  calendar: Calendar,
  window: CountWindow,
  start: number,
): number | undefined {
  if (window === 'week') return undefined;
  // no clock was moved by more than a day
  for (const span of calendar.spans(window, start - 26 * HOUR, start + 3 * HOUR)) {
    const isIt = (instant: number): boolean =>
      formerStart(calendar.timeZone, window, instant) === start;
    if (telling(calendar, span).some(isIt)) return span.start;
  }
  return undefined;
}
