import type { CacheTimings } from '../../cache-timings.js';
import type { PartitionHealth } from '../../counter-cache.js';
import { turnBases } from '../state/bases.js';
import { forgetExpiredKeys } from '../state/idempotency-keys.js';
import type { PartitionState } from '../state/partition-state.js';
import { forgetMoves } from './move.js';

/** What `sweep.lua` does, but for the settings. */
export function sweep(
  state: PartitionState,
  { baseTtl, clientTtl }: CacheTimings,
  now: number,
  mostBases: number,
): PartitionHealth {
  forgetExpiredKeys(state.keys, now, 1000);
  forgetMoves(state, now);
  turnBases(state.bases, now, baseTtl, mostBases);
  for (const [client, { at }] of state.clients) {
    if (at >= now - clientTtl) break;
    state.clients.delete(client);
  }
  for (const [client, { until }] of state.retired) {
    if (until >= now) break;
    state.retired.delete(client);
  }
  const first = state.due.earliest();
  return {
    seeded: state.fence !== undefined,
    fence: state.fence,
    pending: state.pending.size,
    due: state.due.countUntil(now),
    overdueBy: first === undefined ? undefined : now - first,
    batchSeq: state.batch?.seq,
    batchCounters: state.batch?.deltas.size,
    batchAge: state.batch && now - state.batch.at,
    batchHeldFor: state.batch && state.batch.until - now,
    overflowed: state.overflowed.size,
    refused: state.refused.size,
    parked: state.parked.size,
    unreported: state.unreported && { ...state.unreported, generation: state.generation },
  };
}
