import { answer } from '../../input/answer.js';
import { written } from '../../input/written.js';
import type { CounterEvents } from '../../events.js';
import { lookedBound, overOf, quotaBound, remainingOf } from './quota-bound.js';
import type { QuotaBound } from './quota-bound.js';
import type { QuotaTaker, Taken } from './quota-taker.js';
import type { ConsumedQuota, QuotaState } from './quota.types.js';

type Shown = number | bigint;

/** `MeteringService.quota()`. */
export async function looked(
  quotas: QuotaTaker,
  name: string,
  options: unknown,
): Promise<QuotaState<Shown>> {
  const { bound, asBigInt, at } = lookedBound(name, options, quotas.calendar);
  const now = at ?? Date.now();
  return stateOf(quotas, bound, await quotas.take(bound, now).taken, { now, asBigInt });
}

/** `MeteringService.consume()`. */
export async function consumed(
  quotas: QuotaTaker,
  events: CounterEvents,
  name: string,
  options: unknown,
): Promise<ConsumedQuota<Shown>> {
  const { bound, asBigInt } = quotaBound(name, options, quotas.calendar);
  const now = Date.now();
  const take = quotas.take(bound, now);
  const taken = await take.taken;
  quotas.thresholds.tell(bound, taken.used, now);
  const state = stateOf(quotas, bound, taken, { now, asBigInt });
  let refunded: Promise<void> | undefined;
  const refund = (): Promise<void> => (refunded ??= written(events, () => take.giveBack()));
  // not among the keys: the answer is often sent on as it is
  return Object.defineProperty(state, 'refund', { value: refund }) as ConsumedQuota<Shown>;
}

function stateOf(
  quotas: QuotaTaker,
  { counter, limit, window }: QuotaBound,
  { allowed, used }: Taken,
  { now, asBigInt }: { now: number; asBigInt: boolean },
): QuotaState<Shown> {
  const span = window && quotas.spanOf(window, now);
  const shown = (value: bigint | undefined): Shown =>
    value === undefined ? Infinity : answer(counter, value, asBigInt);
  return {
    allowed,
    limit: shown(limit),
    used: shown(used),
    remaining: shown(remainingOf(limit, used)),
    over: shown(overOf(limit, used)),
    ...(span && { startsAt: new Date(span.start), resetsAt: new Date(span.end) }),
  };
}
