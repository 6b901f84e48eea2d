import type { SeenRules } from '../../workers.js';
import type { PartitionState } from '../state/partition-state.js';

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
