import type { ChangedEntry, ParcelEntry } from '../cache/parcels.js';
import type { CounterEvents } from '../events.js';
import type { ChangeOptions } from '../input/counter.types.js';
import { type BucketWindow, parseName } from '../words/bucket-name.js';

/** One entry of a parcel. @publicApi */
export interface ParkedCount {
  /** The counter. */
  name: string;
  /** How much was put aside. */
  delta: bigint;
  /** The window of the counter that the entry belongs to; absent where it belongs to the total. */
  window?: BucketWindow;
  /** When that window begins; absent where the entry belongs to the total. */
  start?: Date;
  /**
   * What the entry stands for, where that is no increment: `'set'` by `set()`, `reset()` and other methods that set a total or the count of a
   * window, `'delete'` by `delete()`, `deletePrefix()` and `erase()`. Absent for increments.
   */
  operation?: 'set' | 'delete';
  /** With `operation`: what the total, or the count of the window, was to come to, with what was counted behind it. */
  value?: bigint;
}

export const counterOf = ({ name }: ParcelEntry): string => parseName(name).counter;

export function parkedCount({ name, delta, replaces }: ParcelEntry): ParkedCount {
  const { counter, bucket } = parseName(name);
  const count: ParkedCount = { name: counter, delta: BigInt(delta) };
  if (bucket !== undefined) {
    Object.assign(count, { window: bucket.window, start: new Date(bucket.start) });
  }
  if (replaces === undefined) return count;
  const { operation, row } = replaces;
  return { ...count, operation, value: BigInt(row) + BigInt(delta) };
}

/** An event for each entry. */
export function tellChanges(
  events: CounterEvents,
  operation: 'replay' | 'discard',
  entries: readonly ParcelEntry[],
  change: ChangeOptions,
): void {
  for (const entry of entries) {
    const { name, delta, window, start } = parkedCount(entry);
    const when = window && { window, start };
    events.emit('changed', { name, delta, ...when, operation, ...change });
  }
}

/** Those that are as they were read. */
export function without(
  entries: readonly ParcelEntry[],
  changed: readonly ChangedEntry[],
): readonly ParcelEntry[] {
  if (changed.length === 0) return entries;
  const fields = new Set(changed.map(({ field }) => field));
  return entries.filter(({ field }) => !fields.has(field));
}

/** Those that are there, and are not as they were read, as they are now. */
export function asTheyAre(
  entries: readonly ParcelEntry[],
  changed: readonly ChangedEntry[],
): ParcelEntry[] {
  const now = new Map(changed.map(({ field, delta }) => [field, delta]));
  return entries.flatMap((entry) => {
    const delta = now.get(entry.field);
    return delta === undefined ? [] : [{ ...entry, delta }];
  });
}
