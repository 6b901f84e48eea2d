import { answer } from '../../input/answer.js';
import { checkCounterName } from '../../input/counter-name.js';
import type { CounterService } from '../../counting/counter.service.js';
import type { BigIntAnswer, CounterDelta } from '../../input/counter.types.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import { readBigInt } from '../../words/read-options.js';
import { inSlices, SLICE, slice } from '../../words/slices.js';
import { bucketsOf, type NamedSpan } from '../../windows/windows.js';
import type { CountWindow } from '../../words/bucket-name.js';
import { written } from '../../input/written.js';
import { InvalidArgumentError } from '../../errors.js';
import { type Dimensions, meteredName, parseMeteredName } from './dimensions.js';
import { groupQuery } from './group-query.js';
import type {
  MeteredGroupOptions,
  MeteredGroup,
  MeterOptions,
  SeriesOptions,
  SeriesPoint,
  TopCounter,
  TopOptions,
} from './metering.types.js';
import type { ConsumedQuota, QuotaLookOptions, QuotaOptions, QuotaState } from './quota.types.js';
import { consumed, looked } from './quota-answers.js';
import type { QuotaTaker } from './quota-taker.js';
import { recordedIncrements } from './recorded-increments.js';
import { readSeriesOptions } from './series-options.js';
import { readTopOptions } from './top-options.js';

/** Points in one series at most. */
const MOST_POINTS = 10_000;
/** Windows that take as long to find as a fifth of a slice of other items takes. */
const SPANS = 50;

/**
 * Counts by dimension and over time: how often, by which tenant, when. Each combination of dimensions is a counter
 * of `CounterService`, under the name that `meteredName()` makes.
 *
 * @example
 * await metering.record('orders.created', 1, { dimensions: { tenant: 'acme' }, windows: ['day'] });
 * await metering.total('orders.created', { tenant: 'acme' });
 * await metering.series('orders.created', { window: 'day', from, dimensions: { tenant: 'acme' } });
 * @publicApi
 */
export class MeteringService {
  constructor(
    private readonly counters: CounterService,
    private readonly parts: CountingParts,
    private readonly quotas: QuotaTaker,
  ) {}

  /**
   * Adds to the total and to the counter of each combination of dimensions, once to each. Resolves when Redis has all of them;
   * need not be awaited. If an argument is wrong or the buffer has no room for all of them, none is counted.
   *
   * @param delta a whole number but 0; negative counts down
   * @throws what `CounterService.incrMany()` throws
   * @example
   * await metering.record('orders', 1, { dimensions: { tenant: 'acme' }, windows: ['day'] });
   */
  record(name: string, delta: CounterDelta = 1, options?: MeterOptions): Promise<void> {
    if (options === undefined) return this.counters.incr(name, delta);
    return this.counters.incrMany(recordedIncrements(name, delta, options));
  }

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
    const [total = 0] = await this.parts.reader.read([metered]);
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
    const rows = await this.parts.store.list(query);
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
    const { asBigInt, ...asked } = readTopOptions(options, this.parts.calendar);
    const rows = await this.parts.top.read(asked);
    const found = rows.map(({ name, value }) => ({
      name,
      dimensions: parseMeteredName(name).dimensions,
      value: answer(name, value, asBigInt),
    }));
    return found as TopCounter[] | TopCounter<bigint>[];
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
    const { window, from, to, dimensions, bigint } = readSeriesOptions(options);
    const metered = meteredName(name, dimensions);
    checkCounterName(metered);
    const points = await pointsOf(
      bucketsOf(this.parts.calendar, metered, window, from, to),
      window,
    );
    const totals = await this.parts.reader.read(points.map((point) => point.name));
    const isKept = this.keeping(metered, window, totals);
    const series: SeriesPoint<number | bigint>[] = [];
    await inSlices(points, ({ start, end }, place) => {
      const value = answer(metered, totals[place] ?? 0, bigint);
      const point = { start: new Date(start), end: new Date(end), value };
      series.push(Number(value) !== 0 || isKept(end) ? point : { ...point, kept: false });
    });
    return series as SeriesPoint[] | SeriesPoint<bigint>[];
  }

  /** Answers a function that tells, by the end of a window, whether a count of that window would still be there. */
  private keeping(
    counter: string,
    window: CountWindow,
    totals: readonly (number | bigint)[],
  ): (end: number) => boolean {
    const { windows, retention } = this.parts;
    const isKeptAtAll =
      windows.keeps(counter, window) || totals.some((total) => Number(total) !== 0);
    const oldest = retention[window] === 0 ? -Infinity : Date.now() - retention[window];
    return (end) => isKeptAtAll && end > oldest;
  }

  /**
   * How much of a quota is used, in the present window, or in total where there is no `window`. Takes nothing.
   *
   * @throws what `CounterService.getCount()` throws
   * @example
   * const { used, remaining, resetsAt } = await metering.quota('api', { limit: 1000, window: 'month', dimensions: { tenant } });
   */
  quota(name: string, options: QuotaLookOptions): Promise<QuotaState>;
  quota(name: string, options: QuotaLookOptions & BigIntAnswer): Promise<QuotaState<bigint>>;
  quota(
    name: string,
    options: QuotaLookOptions & Partial<BigIntAnswer>,
  ): Promise<QuotaState | QuotaState<bigint>> {
    return looked(this.quotas, name, options) as Promise<QuotaState | QuotaState<bigint>>;
  }

  /**
   * Takes from a quota: adds `delta` if the count of the window, or the total where there is no `window`, stays within the limit.
   * Atomic across processes. Adds to the counter of exactly these dimensions, and to no other one. `refund()` of the answer gives
   * it back.
   *
   * @throws what `CounterService.tryIncr()` throws
   * @throws UnsafeCountError more than 2^53 − 1 is used, and nothing was taken: pass `{ bigint: true }`
   * @example
   * const { allowed, remaining } = await metering.consume('api', { limit: 1000, window: 'month', dimensions: { tenant } });
   */
  consume(name: string, options: QuotaOptions): Promise<ConsumedQuota>;
  consume(name: string, options: QuotaOptions & BigIntAnswer): Promise<ConsumedQuota<bigint>>;
  consume(
    name: string,
    options: QuotaOptions & Partial<BigIntAnswer>,
  ): Promise<ConsumedQuota | ConsumedQuota<bigint>> {
    const { events } = this.parts;
    const taken = written(events, () => consumed(this.quotas, events, name, options));
    return taken as Promise<ConsumedQuota | ConsumedQuota<bigint>>;
  }
}

/** The windows of a series; throws where there are more than a series may have. */
async function pointsOf(spans: Iterable<NamedSpan>, window: string): Promise<NamedSpan[]> {
  const points: NamedSpan[] = [];
  for (const span of spans) {
    if (points.length % SPANS === 0 && points.length > 0) await slice(SLICE / 5);
    if (points.push(span) <= MOST_POINTS) continue;
    throw new InvalidArgumentError(
      `A series has at most ${MOST_POINTS} ${window}s: ask for a shorter time`,
    );
  }
  return points;
}
