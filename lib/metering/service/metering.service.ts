import { answer } from '../../counting/answer.js';
import { checkDelta, checkLimits, checkWindow } from '../../counting/arguments.js';
import { checkCounterName } from '../../counting/counter-name.js';
import type { CounterService } from '../../counting/counter.service.js';
import type { BigIntAnswer, CounterDelta, Increment } from '../../counting/counter.types.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import { listQuery } from '../../counting/list-query.js';
import { bucketsOf, type NamedSpan } from '../../counting/windows.js';
import { InvalidArgumentError, quote } from '../../errors.js';
import {
  countersOf,
  type Dimensions,
  groupPrefix,
  meteredName,
  parseMeteredName,
} from './dimensions.js';
import type {
  GroupOptions,
  Group,
  MeterOptions,
  Quota,
  QuotaOptions,
  SeriesOptions,
  SeriesPoint,
} from './metering.types.js';

/** Points in one series. */
const MOST_POINTS = 10_000;

/**
 * Counts by dimension and over time: how often, by which tenant, when. Counters are those of
 * `CounterService`; this one knows their names.
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
  ) {}

  /**
   * Adds to the total and to the counter of each combination of dimensions. Resolves when all are in
   * the shared cache, and counts nothing where the buffer has no room for all; need not be awaited.
   *
   * @throws what `CounterService.incrMany()` throws
   */
  record(name: string, delta: CounterDelta = 1, options?: MeterOptions): Promise<void> {
    if (options?.dimensions === undefined) return this.counters.incr(name, delta, options);
    const recorded = this.counters.incrMany(incrementsOf(name, delta, options));
    recorded.catch(() => undefined);
    return recorded;
  }

  /** The total of a name, or of its part with these dimensions; 0 where nothing was counted. */
  total(name: string, dimensions?: Dimensions): Promise<number>;
  total(name: string, dimensions: Dimensions | undefined, options: BigIntAnswer): Promise<bigint>;
  async total(
    name: string,
    dimensions?: Dimensions,
    options?: Partial<BigIntAnswer>,
  ): Promise<number | bigint> {
    const metered = meteredName(name, dimensions);
    checkCounterName(metered);
    const [total = 0] = await this.parts.reader.read([metered]);
    return answer(metered, total, options?.bigint);
  }

  /**
   * The parts of a total by one or more dimensions, with what is pending; a part shows once it was
   * persisted for the first time.
   *
   * @example
   * const busiest = await metering.list('api.calls', { groupBy: 'tenant', order: 'value', limit: 10 });
   */
  list(name: string, options: GroupOptions): Promise<Group[]>;
  list(name: string, options: GroupOptions & BigIntAnswer): Promise<Group<bigint>[]>;
  async list(
    name: string,
    { groupBy, bigint, ...rest }: GroupOptions & Partial<BigIntAnswer>,
  ): Promise<Group[] | Group<bigint>[]> {
    const keys = typeof groupBy === 'string' ? [groupBy] : groupBy;
    if (!Array.isArray(keys) || keys.length === 0) {
      throw new InvalidArgumentError(`groupBy must name dimensions, not ${quote(groupBy)}`);
    }
    const prefix = groupPrefix(name, keys as readonly string[]);
    const { after, ...page } = rest;
    const position = after && { name: meteredName(name, after.dimensions), value: after.value };
    const rows = await this.parts.store.list(listQuery({ ...page, after: position, prefix }));
    const totals = await this.parts.reader.read(rows.map((row) => row.name));
    const groups = rows.map((row, place) => ({
      dimensions: parseMeteredName(row.name).dimensions,
      value: answer(row.name, totals[place] ?? row.value, bigint),
    }));
    return groups as Group[] | Group<bigint>[];
  }

  /**
   * What was counted in each minute, hour, day or month from the one that `from` is in, zeros
   * included. At most 10 000 of them.
   */
  series(name: string, options: SeriesOptions): Promise<SeriesPoint[]>;
  series(name: string, options: SeriesOptions & BigIntAnswer): Promise<SeriesPoint<bigint>[]>;
  async series(
    name: string,
    options: SeriesOptions & Partial<BigIntAnswer>,
  ): Promise<SeriesPoint[] | SeriesPoint<bigint>[]> {
    const { window, dimensions, bigint } = options;
    checkWindow(window, 'window');
    const from = instant(options.from, 'from');
    const to = options.to === undefined ? Date.now() + 1 : instant(options.to, 'to');
    const metered = meteredName(name, dimensions);
    checkCounterName(metered);
    const points = bounded(bucketsOf(this.parts.calendar, metered, window, from, to), window);
    const totals = await this.parts.reader.read(points.map((point) => point.name));
    const series = points.map(({ start, end }, place) => ({
      start: new Date(start),
      end: new Date(end),
      value: answer(metered, totals[place] ?? 0, bigint),
    }));
    return series as SeriesPoint[] | SeriesPoint<bigint>[];
  }

  /**
   * Takes from a quota: what a window may count, or without one the total. Adds if the limit allows
   * it, to this one counter; atomic across processes.
   *
   * @example
   * const { allowed, remaining } = await metering.consume('api', { limit: 1000, window: 'month', dimensions: { tenant } });
   */
  async consume(name: string, options: QuotaOptions): Promise<Quota> {
    const { limit, window, delta = 1, dimensions, updateInterval, idempotencyKey } = options;
    const metered = meteredName(name, dimensions);
    checkCounterName(metered);
    checkDelta(delta);
    const limits = checkLimits({ max: limit, window, updateInterval, idempotencyKey });
    const now = Date.now();
    const { buffer, calendar, updateInterval: usual } = this.parts;
    const attempt = await buffer.tryAdd(
      metered,
      delta,
      updateInterval ?? usual,
      limits,
      idempotencyKey,
    );
    const used = Number(attempt.total);
    return {
      allowed: attempt.applied,
      limit,
      used,
      remaining: Math.max(0, limit - used),
      resetsAt: window && new Date(calendar.spanOf(window, now).end),
    };
  }
}

/** Made as they are taken: what is wrong with a name is a rejection, as all else. */
function* incrementsOf(
  name: string,
  delta: CounterDelta,
  { dimensions = {}, combinations, ...options }: MeterOptions,
): Generator<Increment> {
  for (const counter of countersOf(name, dimensions, combinations)) {
    yield { ...options, name: counter, delta };
  }
}

/** So many of them are no series, but a mistake. */
function bounded(spans: Iterable<NamedSpan>, window: string): NamedSpan[] {
  const points: NamedSpan[] = [];
  for (const span of spans) {
    if (points.push(span) <= MOST_POINTS) continue;
    throw new InvalidArgumentError(
      `A series has at most ${MOST_POINTS} ${window}s; ask for less at a time`,
    );
  }
  return points;
}

function instant(value: unknown, what: string): number {
  const time = value instanceof Date ? value.getTime() : value;
  if (typeof time === 'number' && Math.abs(time) <= 8.64e15) return time;
  throw new InvalidArgumentError(
    `${what} must be a valid Date or milliseconds since 1970, not ${quote(value)}`,
  );
}
