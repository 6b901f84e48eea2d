import { FastCounterError } from '../../errors.js';
import { parseMeteredName } from '../../metering/service/dimensions.js';
import type { SeriesPoint } from '../../metering/service/metering.types.js';
import type { CountWindow } from '../../words/bucket-name.js';
import { reasonOf } from '../../words/quote.js';
import type { CounterPage, OneCounter, SeriesAnswer, TopPage } from './answers.js';
import { type Query, wrong } from './query.js';
import type { Sources } from './sources.js';

const PAGE = 50;
const MOST_ON_A_PAGE = 200;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How far back the windows of a series go, and how many points that is at most. */
const RANGES: Record<CountWindow, number> = {
  minute: HOUR,
  hour: 2 * DAY,
  day: 31 * DAY,
  week: 26 * 7 * DAY,
  month: 24 * 30.44 * DAY,
};

/** The pages about counters. */
export class CounterReader {
  constructor(private readonly sources: Sources) {}

  async page(query: Query): Promise<CounterPage> {
    const { counters } = this.sources;
    const limit = query.integer('limit', MOST_ON_A_PAGE, PAGE);
    const after = query.text('after');
    const listed = await counters.list({
      prefix: query.text('prefix'),
      order: orderOf(query),
      limit: limit + 1,
      after: after === '' ? undefined : { name: after, value: query.count('value') },
      bigint: true,
    });
    const rows = listed.slice(0, limit);
    const totals = await this.totals(rows.map(({ name }) => name));
    const error = totals.find((it) => it instanceof FastCounterError);
    return {
      rows: rows.map(({ name, value, updatedAt }, place) => {
        const total = totals[place];
        return {
          ...{ name, persisted: value, updatedAt },
          total: typeof total === 'bigint' ? total : undefined,
        };
      }),
      error: error && textOf(error),
      more: listed.length > limit,
    };
  }

  async top(query: Query): Promise<TopPage> {
    const window = query.window();
    const asked = { window, limit: query.integer('limit', MOST_ON_A_PAGE, 20) };
    const { metering } = this.sources;
    const rows = await metering.top({ ...asked, prefix: query.text('prefix'), bigint: true });
    return { rows, window: presentWindow(this.sources, window) };
  }

  async one(query: Query): Promise<OneCounter> {
    const name = query.required('name');
    const [total] = await this.totals([name]);
    const metered = parseMeteredName(name);
    const found: OneCounter = {
      name,
      total: typeof total === 'bigint' ? total : undefined,
      error: total instanceof FastCounterError ? textOf(total) : undefined,
      metered: Object.keys(metered.dimensions).length > 0 ? metered : undefined,
    };
    try {
      const [row] = await this.sources.counters.list({ prefix: name, limit: 1, bigint: true });
      if (row?.name !== name) return found;
      const { value, createdAt, updatedAt } = row;
      return { ...found, persisted: value, createdAt, updatedAt };
    } catch (error) {
      if (!(error instanceof FastCounterError)) throw error;
      return { ...found, error: textOf(error) };
    }
  }

  async series(query: Query): Promise<SeriesAnswer> {
    const { metering, options } = this.sources;
    const window = query.window();
    if (window === undefined) throw wrong('The query needs window');
    const now = Date.now();
    const from = now - RANGES[window];
    const points = await metering.series(query.required('name'), { window, from, bigint: true });
    return {
      timeZone: options.windows.timeZone,
      kept: points.some(isKept),
      points: points.map((point) => {
        const { start, end, value } = point;
        return { start, end, value, kept: isKept(point), running: end.getTime() > now };
      }),
    };
  }

  private totals(names: readonly string[]): Promise<(bigint | FastCounterError)[]> {
    return this.sources.counters.getCounts(names, { settled: true, bigint: true });
  }
}

const isKept = ({ kept }: SeriesPoint<bigint>): boolean => kept !== false;

/** When the present window began and ends. */
export function presentWindow(
  { calendar }: Sources,
  window: CountWindow | undefined,
): TopPage['window'] {
  if (window === undefined) return undefined;
  const { start, end } = calendar.spanOf(window, Date.now());
  return { start: new Date(start), end: new Date(end) };
}

/** An error without the mark that errors of this package begin with. */
export const textOf = (error: unknown): string => reasonOf(error).replace(/^\[\w+\] /, '');

function orderOf(query: Query): 'name' | 'value' {
  const order = query.text('order') || 'name';
  if (order === 'name' || order === 'value') return order;
  throw wrong('order must be name or value');
}
