import { checkWindow } from '../../../input/arguments.js';
import type { BigIntAnswer } from '../../../input/counter.types.js';
import { instant } from '../../../input/instant.js';
import { checkBigInt, readOptions } from '../../../words/read-options.js';
import type { SeriesOptions } from '../metering.types.js';

const OPTIONS: ReadonlySet<keyof SeriesOptions | 'bigint'> = new Set([
  ...(['window', 'from', 'to', 'dimensions', 'bigint'] as const),
]);

interface Series extends Pick<SeriesOptions, 'window' | 'dimensions'> {
  /** In milliseconds since 1970. */
  from: number;
  to: number;
  bigint: boolean;
}

/** Checks the options of `series()` or `sum()`, and fills in the defaults. */
export function readSeriesOptions(options: unknown, method: string): Series {
  const given = readOptions<SeriesOptions & Partial<BigIntAnswer>>(options, OPTIONS, method);
  const { window, dimensions, bigint } = given;
  checkWindow(window, 'window');
  const from = instant(given.from, 'from');
  const to = given.to === undefined ? Date.now() + 1 : instant(given.to, 'to');
  return { window, from, to, dimensions, bigint: checkBigInt(bigint) };
}
