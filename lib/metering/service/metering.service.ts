import type { CounterService } from '../../counting/counter.service.js';
import type { BigIntAnswer, CounterDelta } from '../../input/counter.types.js';
import type { Erased } from '../../counting/correcting/erasing.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import { written } from '../../input/written.js';
import { MeteringClosings } from './closing/metering-closings.js';
import type { MeterOptions } from './metering.types.js';
import type { ConsumedQuota, QuotaLookOptions, QuotaOptions, QuotaState } from './quota.types.js';
import { type EraseOptions, type ErasedPart, readErase } from './forgetting/erase-options.js';
import type { ResetOptions, ResetUsage } from './forgetting/reset-options.js';
import { UsageReset } from './forgetting/usage-reset.js';
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
export class MeteringService extends MeteringClosings {
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

  /**
   * Gives back what a window counted, by default the present one: it is zero afterwards, for reads and for quotas, and the total
   * stays. Without `window` the total is set to zero, and windows stay. An increment that comes meanwhile is either among what was given
   * back, as `before` tells, or counts anew.
   *
   * @throws InvalidArgumentError, InvalidCounterNameError; what `CounterService.set()` and `getCount()` throw
   * @throws UnsafeCountError it is zero now, and what it was is beyond ±(2^53 − 1)
   * @example
   * const { before } = await metering.reset('api', { window: 'month', dimensions: { tenant: 'acme' }, by: 'ann' });
   */
  reset(name: string, options?: ResetOptions): Promise<ResetUsage>;
  reset(name: string, options: ResetOptions & BigIntAnswer): Promise<ResetUsage<bigint>>;
  reset(
    name: string,
    options?: ResetOptions & Partial<BigIntAnswer>,
  ): Promise<ResetUsage | ResetUsage<bigint>> {
    return written(this.parts.events, () => new UsageReset(this.parts).run(name, options));
  }

  /**
   * Forgets a tenant, say: removes the counters with these values of dimensions, wherever these stand in their names, with all windows,
   * keys, parked counts and what waits to be counted. Rows are removed when it resolves. It goes through the names of all counters, in
   * steps. Where it breaks off, call it again: it goes on with what is left. What is counted later counts anew.
   *
   * @throws InvalidArgumentError, InvalidCounterNameError, FlushTimeoutError, CacheUnavailableError, DatabaseUnavailableError; what
   * `onProgress` throws
   * @example
   * const { counters, windows } = await metering.erase({ dimensions: { tenant: 'acme' } }, { by: 'ann', reason: 'has left' });
   */
  erase(what: ErasedPart, options?: EraseOptions): Promise<Erased> {
    const { events, erasing } = this.parts;
    return written(events, async () => {
      const { names, ...given } = readErase(what, options);
      return erasing.run(names, given);
    });
  }
}
