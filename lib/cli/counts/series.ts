import type { CountWindow } from '../../words/bucket-name.js';
import type { SeriesPoint } from '../../metering/service/metering.types.js';
import { textOf, textsOf } from '../arguments.js';
import { table } from '../output/table.js';
import { moment, windowStart } from '../output/times.js';
import { Refusal } from '../refusal.js';
import type { Verb } from '../verb.js';

/** How far back a series begins unless told, in milliseconds. */
const BACK: Readonly<Record<string, number>> = {
  minute: 3_600_000,
  hour: 24 * 3_600_000,
  day: 30 * 86_400_000,
  week: 84 * 86_400_000,
  month: 365 * 86_400_000,
};
/** Characters of the longest bar. */
const WIDTH = 40;

export const series: Verb = {
  name: 'series',
  takes: 'NAME',
  operands: { least: 1, most: 1 },
  does: 'Tell what a counter counted in each window, with what is pending.',
  teaches: [
    'Windows begin in the time zone of the namespace, which is named. The counter must be kept per such window: a window that is not kept, or ' +
      'no more, is 0.',
  ],
  options: {
    window: { value: 'WINDOW', does: 'minute, hour, day, week or month; default: day' },
    from: {
      value: 'WHEN',
      does: 'a date, or how long ago, such as 7d; default: 30 days, 24 hours …',
    },
    to: { value: 'WHEN', does: 'a date, or how long ago; default: now' },
    dimension: { value: 'KEY=VALUE', does: 'the part of the total', multiple: true },
  },
  examples: ['series views:42', 'series api.calls --dimension tenant=acme --window hour --from 2d'],
  embedded: true,
  async run({ connect, operands: [name = ''], options }) {
    const { observer } = await connect();
    const { timeZone } = observer.options.windows;
    const window = textOf(options, 'window') ?? 'day';
    const from = moment('from', options.from, timeZone) ?? Date.now() - (BACK[window] ?? 0);
    const points = await observer.metering.series(name, {
      window: window as CountWindow,
      from,
      to: moment('to', options.to, timeZone),
      dimensions: dimensionsOf(textsOf(options, 'dimension')),
      bigint: true,
    });
    const rows = points.map(({ start, value }) => [
      windowStart(start, window, timeZone),
      String(value),
      bar(value, points),
    ]);
    const text = [`${name}, by ${window}, in ${timeZone}`, ...table(['from', 'count', ''], rows)];
    return { data: { name, window, timeZone, points }, text, exit: 0 };
  },
};

function dimensionsOf(given: readonly string[]): Record<string, string> | undefined {
  if (given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((text) => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (key === undefined || value === undefined) {
        throw new Refusal(`--dimension must be KEY=VALUE, not ${JSON.stringify(text)}`);
      }
      return [key, value];
    }),
  );
}

function bar(value: bigint, points: readonly SeriesPoint<bigint>[]): string {
  const most = points.reduce((max, point) => (point.value > max ? point.value : max), 1n);
  if (value <= 0n) return '';
  return '█'.repeat(Math.max(1, Number((value * BigInt(WIDTH)) / most)));
}
