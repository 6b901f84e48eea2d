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

/** What was added to rows of counters. */
export function countedOf(
  { entries }: Batch,
  { leftOut, refused = [] }: { leftOut: readonly string[]; refused?: readonly Refusal[] },
): BatchEntry[] {
  const without = new Set([...leftOut, ...refused.flatMap(({ names }) => names)]);
  return entries.filter((entry) => isChange(entry) && !without.has(entry.name));
}
