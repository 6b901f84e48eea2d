import { InvalidArgumentError } from '../../errors.js';
import type { Calendar, Span } from '../../windows/calendar.js';
import type { Windows } from '../../windows/windows.js';
import { type BucketWindow, type CountWindow, isOwn } from '../../words/bucket-name.js';

/** The windows that each of a kind lies in one of, as a whole: a week can lie in two months. */
const AROUND: Readonly<Record<CountWindow, readonly CountWindow[]>> = {
  minute: ['hour', 'day', 'week', 'month'],
  hour: ['day', 'week', 'month'],
  day: ['week', 'month'],
  week: [],
  month: [],
};

interface Kept {
  calendar: Calendar;
  kept: Windows;
}

/** The longer windows around one: those that the counter is kept per, and those that are named. */
export function longerThan(
  {
    name,
    window,
    windows,
  }: { name: string; window: BucketWindow; windows: readonly CountWindow[] },
  { start }: Span,
  { calendar, kept }: Kept,
): { window: CountWindow; start: number }[] {
  const around = isOwn(window) ? [] : AROUND[window];
  const wrong = windows.find((each) => each !== window && !around.includes(each));
  if (wrong !== undefined) {
    const allowed = around.length === 0 ? 'no other one' : around.join(', ');
    throw new InvalidArgumentError(
      `windows of a correction of a ${window} can be ${allowed}, not ${wrong}`,
    );
  }
  return around
    .filter((each) => windows.includes(each) || kept.keeps(name, each))
    .map((each) => ({ window: each, start: calendar.find(each, start).start }));
}
