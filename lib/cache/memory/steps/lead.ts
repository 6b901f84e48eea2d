import type { Lead } from '../../processes.js';
import type { PartitionState } from '../state/partition-state.js';

/** What `lead.lua` does, but for its look at the partitions. */
export function lead(
  state: PartitionState,
  process: string,
  milliseconds: number,
  now: number,
): Lead {
  const { leader, deputy } = state;
  if (milliseconds === 0) {
    if (leader?.process === process) state.leader = undefined;
    return { leftFor: 0, isDeputy: false };
  }
  const leftFor = (leader?.until ?? now) - now;
  if (leader?.process !== process && leftFor > 0 && leftFor <= milliseconds) {
    const deputyFor = (deputy?.until ?? now) - now;
    const hasOther = deputyFor > 0 && deputyFor <= 2 * milliseconds;
    if (hasOther && deputy?.process !== process) return { leftFor, isDeputy: false };
    state.deputy = { process, until: now + 2 * milliseconds };
    return { leftFor, isDeputy: true };
  }
  state.leader = { process, until: now + milliseconds };
  if (deputy?.process === process) state.deputy = undefined;
  return { leftFor: 0, isDeputy: false };
}

/** The fence of each partition; undefined where one needs a sweep. */
export function quietFences(partitions: readonly PartitionState[]): readonly number[] | undefined {
  const fences = partitions.map(({ fence, unreported, pending, batch }) =>
    unreported === undefined && pending.size === 0 && batch === undefined ? fence : undefined,
  );
  return fences.every((fence) => fence !== undefined) ? fences : undefined;
}
