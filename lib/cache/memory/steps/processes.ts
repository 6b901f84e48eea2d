import {
  type Beat,
  type NotedRules,
  HEARD,
  LONGEST,
  REMEMBERED,
  seenFor,
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
  const { workers, leader, beatsSince = 0 } = state;
  if (details === undefined) {
    workers.delete(process);
    return { ledFor: 0, rules: [] };
  }
  const heard = [...workers.values()].filter(({ seenAt }) => seenAt <= now);
  const latest = Math.max(0, ...heard.map(({ seenAt }) => seenAt));
  const since = latest + HEARD < now ? now : Math.min(beatsSince, now);
  if (since === now) state.beatsSince = now;
  for (const [other, said] of workers) {
    const isOver = Math.max(said.seenAt, since) + REMEMBERED < now;
    if (isOver || said.seenAt + LONGEST < now) workers.delete(other);
    else if (said.seenAt > now) workers.set(other, { ...said, seenAt: now });
  }
  workers.set(process, { details, seenAt: now });
  return {
    ledFor: Math.max(0, (leader?.until ?? now) - now),
    rules: rules ? seenRules(state, rules.own, rules.remembered, now) : [],
  };
}

/** What `workers.lua` does. */
export const seenProcesses = (
  { workers, beatsSince = 0 }: PartitionState,
  now: number,
): SeenProcess[] =>
  [...workers.values()].map(({ details, seenAt }) => ({
    ...details,
    ...seenFor(seenAt, beatsSince, now),
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
