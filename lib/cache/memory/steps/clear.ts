import { newPartitionState, type PartitionState } from '../state/partition-state.js';

/** What is no count. */
const KEPT = [
  ...(['fence', 'generation', 'reserved', 'chain', 'wakes', 'clients', 'retired'] as const),
  ...(['identity', 'leader', 'deputy', 'workers', 'rules'] as const),
] satisfies (keyof PartitionState)[];

/**
 * Forgets the counts of a partition and idempotency keys, whatever is under way, as if a batch had been persisted. Answers the number of
 * that batch, which the ledger must have; undefined where the partition is not set up. For tests: no script does this.
 */
export function clearCounts(state: PartitionState): number | undefined {
  const kept = Object.fromEntries(KEPT.map((key) => [key, state[key]]));
  for (const key of Object.keys(state)) Reflect.deleteProperty(state, key);
  Object.assign(state, newPartitionState(), kept);
  if (state.fence !== undefined) state.fence++;
  return state.fence;
}
