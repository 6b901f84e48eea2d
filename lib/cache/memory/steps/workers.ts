import { REMEMBERED, type SeenWorker, type WorkerDetails } from '../../workers.js';
import type { PartitionState } from '../state/partition-state.js';

/** What `beat.lua` does. */
export function beat(
  { workers }: PartitionState,
  process: string,
  details: WorkerDetails | undefined,
  now: number,
): void {
  if (details === undefined) {
    workers.delete(process);
    return;
  }
  for (const [other, { seenAt }] of workers) {
    if (seenAt > now || seenAt + REMEMBERED < now) workers.delete(other);
  }
  workers.set(process, { details, seenAt: now });
}

/** What `workers.lua` does. */
export const seenWorkers = ({ workers }: PartitionState, now: number): SeenWorker[] =>
  [...workers.values()].map(({ details, seenAt }) => ({
    ...details,
    seenAt: new Date(seenAt),
    age: now - seenAt,
  }));
