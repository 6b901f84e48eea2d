import {
  type Beat,
  type NotedRules,
  REMEMBERED,
  type SeenWorker,
  type WorkerDetails,
} from '../../workers.js';
import type { PartitionState } from '../state/partition-state.js';
import { seenRules } from './rules.js';

interface Said {
  process: string;
  details?: WorkerDetails;
  rules?: NotedRules;
}

/** What `beat.lua` does. */
export function beat(state: PartitionState, { process, details, rules }: Said, now: number): Beat {
  const { workers, leader } = state;
  if (details === undefined) {
    workers.delete(process);
    return { ledFor: 0, rules: [] };
  }
  for (const [other, { seenAt }] of workers) {
    if (seenAt > now || seenAt + REMEMBERED < now) workers.delete(other);
  }
  workers.set(process, { details, seenAt: now });
  return {
    ledFor: Math.max(0, (leader?.until ?? now) - now),
    rules: rules ? seenRules(state, rules.own, rules.remembered, now) : [],
  };
}

/** What `workers.lua` does. */
export const seenWorkers = ({ workers }: PartitionState, now: number): SeenWorker[] =>
  [...workers.values()].map(({ details, seenAt }) => ({
    ...details,
    seenAt: new Date(seenAt),
    age: now - seenAt,
  }));
