import { answer } from '../../../input/answer.js';
import { checkCounterName } from '../../../input/counter-name.js';
import type { BigIntAnswer } from '../../../input/counter.types.js';
import type { CountingParts } from '../../../counting/counting-parts.js';
import { readBigInt } from '../../../words/read-options.js';
import { inSlices, SLICE, slice } from '../../../words/slices.js';
import type { NamedSpan } from '../../../windows/windows.js';
import { InvalidArgumentError } from '../../../errors.js';
import { type Dimensions, meteredName, parseMeteredName } from '../dimensions.js';
import { groupQuery } from './group-query.js';
import type {
  MeteredGroupOptions,
  MeteredGroup,
  SeriesOptions,
  SeriesPoint,
  TopCounter,
  TopOptions,
  Usage,
  UsageOptions,
  UsagePart,
} from '../metering.types.js';
import { readSeriesOptions } from './series-options.js';
import { readTopOptions } from './top-options.js';
import { readUsageOptions } from './usage-options.js';
import { type FoundWindow, kindOf, spansOf } from '../windows/quota-window.js';

/** Windows of one series or sum at most. */
const MOST_POINTS = 10_000;
/** Windows that take as long to find as a fifth of a slice of other items takes. */
const SPANS = 50;

/**
 * The methods of `MeteringService` that read.
 *
 * @publicApi
 */
export abstract class MeteringReads {
  constructor(
    private readonly reading: Pick<
      CountingParts,
      'reader' | 'store' | 'top' | 'usage' | 'calendar' | 'windows' | 'retention'
    >,
  ) {}

  /**
   * The total of a name, or of its part with these dimensions, with every increment acknowledged before; 0 where
   * nothing was counted.
   *
   * @throws what `CounterService.getCount()` throws
   * @example
   * const orders = await metering.total('orders', { tenant: 'acme' });
   */
  total(name: string, dimensions?: Dimensions): Promise<number>;
  total(name: string, dimensions: Dimensions | undefined, options: BigIntAnswer): Promise<bigint>;
  async total(
    name: string,
    dimensions?: Dimensions,
    options?: Partial<BigIntAnswer>,
  ): Promise<number | bigint> {
    const metered = meteredName(name, dimensions);
    checkCounterName(metered);
    const bigint = readBigInt(options, 'total()');
    const [total = 0] = await this.reading.reader.read([metered]);
    return answer(metered, total, bigint);
  }

  /**
   * A page of the parts of a total by one or more dimensions, as the database has them: without pending
   * counts. For those too, pass the `name` of each part to `CounterService.getCounts()`.
   *
   * @throws what `CounterService.list()` throws
   * @example
   * const busiest = await metering.list('api.calls', { groupBy: 'tenant', order: 'value', limit: 10 });
   */
  list(name: string, options: MeteredGroupOptions): Promise<MeteredGroup[]>;
  list(name: string, options: MeteredGroupOptions & BigIntAnswer): Promise<MeteredGroup<bigint>[]>;
  async list(
    name: string,
    options: MeteredGroupOptions & Partial<BigIntAnswer>,
  ): Promise<MeteredGroup[] | MeteredGroup<bigint>[]> {
    const { bigint, ...query } = groupQuery(name, options);
    const rows = await this.reading.store.list(query);
    const groups = rows.map((row) => ({
      name: row.name,
      dimensions: parseMeteredName(row.name).dimensions,
      value: answer(row.name, row.value, bigint),
    }));
    return groups as MeteredGroup[] | MeteredGroup<bigint>[];
  }

  /**
   * The counters that counted the most, the highest first: in the present window, in a range of windows, or in total. Pending counts are
   * included: the order is right to the last increment that was acknowledged before. Counters at zero are left out.
   *
   * @throws InvalidArgumentError an option is wrong
   * @throws what `CounterService.getCount()` throws
   * @example
   * const today = await metering.top({ prefix: 'views:', window: 'day', limit: 10 });
   * const tenants = await metering.top({ name: 'api.calls', groupBy: 'tenant', window: 'month' });
   */
  top(options: TopOptions): Promise<TopCounter[]>;
  top(options: TopOptions & BigIntAnswer): Promise<TopCounter<bigint>[]>;
  async top(
    options: TopOptions & Partial<BigIntAnswer>,
  ): Promise<TopCounter[] | TopCounter<bigint>[]> {
    const { asBigInt, ...asked } = readTopOptions(options, this.reading.calendar);
    const rows = await this.reading.top.read(asked);
    const found = rows.map(({ name, value }) => ({
      name,
      dimensions: parseMeteredName(name).dimensions,
      value: answer(name, value, asBigInt),
    }));
    return found as TopCounter[] | TopCounter<bigint>[];
  }

  /**
   * All parts of a name for a period, by one or more dimensions: what each counted in a window or in a range of windows, or in total.
   * Pending counts are included, also of parts that have no row yet. Windows that are closed have the numbers that they were closed with.
   * Parts at zero are left out. A page costs two statements and a few calls to Redis for each partition.
   *
   * @throws InvalidArgumentError an option is wrong, or 10,000 windows of this time are closed
   * @throws what `CounterService.getCount()` throws
   * @example
   * const { parts, next } = await metering.usage('api.calls', { groupBy: 'tenant', window: 'month' });
   */
  usage(name: string, options: UsageOptions): Promise<Usage>;
  usage(name: string, options: UsageOptions & BigIntAnswer): Promise<Usage<bigint>>;
  async usage(
    name: string,
    options: UsageOptions & Partial<BigIntAnswer>,
  ): Promise<Usage | Usage<bigint>> {
    const asOf = new Date();
    const { asBigInt, ...asked } = readUsageOptions(name, options, this.reading.calendar);
    const { parts: found, final, next } = await this.reading.usage.read(asked);
    const parts: UsagePart<number | bigint>[] = [];
    await inSlices(found, ({ name: part, value }) => {
      const { dimensions } = parseMeteredName(part);
      parts.push({ name: part, dimensions, value: answer(part, value, asBigInt) });
    });
    return { parts, asOf, final, ...(next !== undefined && { next }) } as Usage | Usage<bigint>;
  }

  /**
   * What was counted in each minute, hour, day, week or month from the one that `from` is in, zeros included; at most 10 000
   * points. A zero with `kept: false` means that the window is not kept: it is past its retention, or no rule keeps it.
   *
   * @throws InvalidArgumentError an option is wrong, or there would be more points
   * @throws what `CounterService.getCount()` throws
   * @example
   * const days = await metering.series('orders', { window: 'day', from: new Date('2026-01-01') });
   */
  series(name: string, options: SeriesOptions): Promise<SeriesPoint[]>;
  series(name: string, options: SeriesOptions & BigIntAnswer): Promise<SeriesPoint<bigint>[]>;
  async series(
    name: string,
    options: SeriesOptions & Partial<BigIntAnswer>,
  ): Promise<SeriesPoint[] | SeriesPoint<bigint>[]> {
    const read = await this.readWindows(name, options, ['series()', 'A series']);
    const { metered, bigint, points, totals } = read;
    const isKept = this.keeping(metered, read.window, totals);
    const series: SeriesPoint<number | bigint>[] = [];
    await inSlices(points, ({ start, end }, place) => {
      const value = answer(metered, totals[place] ?? 0, bigint);
      const point = { start: new Date(start), end: new Date(end), value };
      series.push(Number(value) !== 0 || isKept(end) ? point : { ...point, kept: false });
    });
    return series as SeriesPoint[] | SeriesPoint<bigint>[];
  }

  /**
   * What was counted in the windows from the one that `from` is in up to `to`, as one sum; at most 10,000 windows. It is what
   * `series()` answers, added up: a window that is not kept adds 0.
   *
   * @throws UnsafeCountError the sum is beyond ±(2^53 − 1): pass `{ bigint: true }`; beyond 64 bits it is exact too
   * @throws what `series()` throws
   * @example
   * const orders = await metering.sum('orders', { window: 'day', from: new Date('2026-01-01'), to: new Date('2026-04-01') });
   */
  sum(name: string, options: SeriesOptions): Promise<number>;
  sum(name: string, options: SeriesOptions & BigIntAnswer): Promise<bigint>;
  async sum(
    name: string,
    options: SeriesOptions & Partial<BigIntAnswer>,
  ): Promise<number | bigint> {
    const { metered, bigint, totals } = await this.readWindows(name, options, ['sum()', 'A sum']);
    let sum = 0n;
    await inSlices(totals, (total) => {
      sum += BigInt(total);
    });
    return answer(metered, sum, bigint);
  }

  /** Reads the count of each window that is asked for. */
  private async readWindows(name: string, options: unknown, [method, what]: [string, string]) {
    const { calendar, reader } = this.reading;
    const { window, from, to, dimensions, bigint } = readSeriesOptions(options, method, calendar);
    const metered = meteredName(name, dimensions);
    checkCounterName(metered);
    const spans = spansOf(calendar, metered, window, [from, to]);
    const points = await pointsOf(what, spans, kindOf(window));
    const totals = await reader.read(points.map((point) => point.name));
    return { metered, window, bigint, points, totals };
  }

  /** Answers a function that tells, by the end of a window, whether a count of that window would still be there. */
  private keeping(
    counter: string,
    window: FoundWindow,
    totals: readonly (number | bigint)[],
  ): (end: number) => boolean {
    const { windows, retention } = this.reading;
    const isRuled = typeof window === 'string' && windows.keeps(counter, window);
    const isKeptAtAll = isRuled || totals.some((total) => Number(total) !== 0);
    const kept = retention[kindOf(window)];
    const oldest = kept === 0 ? -Infinity : Date.now() - kept;
    return (end) => isKeptAtAll && end > oldest;
  }
}

/** The windows of a series or a sum; throws where there are more than that may have. */
async function pointsOf(
  what: string,
  spans: Iterable<NamedSpan>,
  window: string,
): Promise<NamedSpan[]> {
  const points: NamedSpan[] = [];
  for (const span of spans) {
    if (points.length % SPANS === 0 && points.length > 0) await slice(SLICE / 5);
    if (points.push(span) <= MOST_POINTS) continue;
    throw new InvalidArgumentError(
      `${what} has at most ${MOST_POINTS} ${window}s: ask for a shorter time`,
    );
  }
  return points;
}
