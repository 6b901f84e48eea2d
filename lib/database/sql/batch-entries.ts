import type { BatchEntry } from '../../cache/counter-cache.js';

export const isChange = ({ delta }: BatchEntry): boolean => delta !== '0';

/** Whether the row is to come to a value, and not only to be added to. */
export const isExpecting = ({ expected }: BatchEntry): boolean => expected !== undefined;

/** Whether all there is to do is to add, whatever the row holds. */
export const isPlain = (entry: BatchEntry): boolean =>
  isChange(entry) && !entry.remove && !isExpecting(entry);

export const namesOf = (entries: readonly BatchEntry[]): string[] =>
  entries.map(({ name }) => name);
