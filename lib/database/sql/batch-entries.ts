import type { BatchEntry } from '../../cache/counter-cache.js';

export const isChange = ({ delta }: BatchEntry): boolean => delta !== '0';

/** Whether all there is to do is to add, whatever the row holds. */
export const isPlain = (entry: BatchEntry): boolean =>
  isChange(entry) && !entry.remove && entry.expected === undefined;

export const namesOf = (entries: readonly BatchEntry[]): string[] =>
  entries.map(({ name }) => name);
