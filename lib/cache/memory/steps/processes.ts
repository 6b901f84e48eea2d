import {
  type Beat,
  type NotedRules,
  REMEMBERED,
  type SeenRules,
  type SeenProcess,
  type ProcessDetails,
} from '../../processes.js';
import type { PartitionState } from '../state/partition-state.js';

interface Said {
  process: string;
  details?: ProcessDetails;
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
export const seenProcesses = ({ workers }: PartitionState, now: number): SeenProcess[] =>
  [...workers.values()].map(({ details, seenAt }) => ({
    ...details,
    seenAt: new Date(seenAt),
    age: now - seenAt,
  }));

/** What `rules.lua` does. */
export function seenRules(
  { rules }: PartitionState,
  own: string,
  remembered: number,
  now: number,
): SeenRules[] {
  for (const [said, at] of rules) {
    if (said === own || at > now || at + remembered <= now) rules.delete(said);
  }
  const others = [...rules].map(([said, at]) => ({ said, age: now - at }));
  rules.set(own, now);
  return others;
}
