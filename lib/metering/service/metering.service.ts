import type { CounterService } from '../../counting/counter.service.js';
import type { BigIntAnswer, CounterDelta } from '../../input/counter.types.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import { written } from '../../input/written.js';
import { MeteringCorrections } from './corrections/metering-corrections.js';
import type { MeterOptions } from './metering.types.js';
import type { ConsumedQuota, QuotaLookOptions, QuotaOptions, QuotaState } from './quota.types.js';
import { consumed, looked } from './quota-answers.js';
import type { QuotaTaker } from './quota-taker.js';
import { recordedIncrements } from './recorded-increments.js';

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
export class MeteringService extends MeteringCorrections {
  constructor(
    private readonly counters: CounterService,
    private readonly parts: CountingParts,
    private readonly quotas: QuotaTaker,
  ) {
    super(parts);
  }

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
