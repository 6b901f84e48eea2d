import type { Batch, BatchEntry } from '../../cache/counter-cache.js';
import type { Refusal } from '../../cache/parcels.js';

export const isChange = ({ delta }: BatchEntry): boolean => delta !== '0';

/** Whether the row is to come to a value, and not only to be added to. */
export const isExpecting = ({ expected }: BatchEntry): boolean => expected !== undefined;

/** Whether all there is to do is to add, whatever the row holds. */
export const isPlain = (entry: BatchEntry): boolean =>
  isChange(entry) && !entry.remove && !isExpecting(entry) && entry.moveTo === undefined;

export const namesOf = (entries: readonly BatchEntry[]): string[] =>
  entries.map(({ name }) => name);

interface Outcome {
  leftOut: readonly string[];
  refused?: readonly Refusal[] | undefined;
}

/** What was neither left out nor refused. */
export function appliedOf({ entries }: Batch, { leftOut, refused = [] }: Outcome): BatchEntry[] {
  const without = new Set([...leftOut, ...refused.flatMap(({ names }) => names)]);
  return without.size === 0 ? entries : entries.filter(({ name }) => !without.has(name));
}

/** What was added to rows of counters. */
export const countedOf = (batch: Batch, outcome: Outcome): BatchEntry[] =>
  appliedOf(batch, outcome).filter(isChange);
