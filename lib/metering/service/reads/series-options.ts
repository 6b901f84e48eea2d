import type { BigIntAnswer } from '../../../input/counter.types.js';
import { instant } from '../../../input/instant.js';
import { checkBigInt, readOptions } from '../../../words/read-options.js';
import type { Calendar } from '../../../windows/calendar.js';
import type { SeriesOptions } from '../metering.types.js';
import { findWindow, type FoundWindow } from '../windows/quota-window.js';

const OPTIONS: ReadonlySet<keyof SeriesOptions | 'bigint'> = new Set([
  ...(['window', 'from', 'to', 'dimensions', 'bigint'] as const),
]);

interface Series extends Pick<SeriesOptions, 'dimensions'> {
  window: FoundWindow;
  /** In milliseconds since 1970. */
  from: number;
  to: number;
  bigint: boolean;
}

/** Checks the options of `series()` or `sum()`, and fills in the defaults. */
export function readSeriesOptions(options: unknown, method: string, calendar: Calendar): Series {
  const given = readOptions<SeriesOptions & Partial<BigIntAnswer>>(options, OPTIONS, method);
  const { dimensions, bigint } = given;
  const window = findWindow(given.window, calendar);
  const from = instant(given.from, 'from');
  const to = given.to === undefined ? Date.now() + 1 : instant(given.to, 'to');
  return { window, from, to, dimensions, bigint: checkBigInt(bigint) };
}
