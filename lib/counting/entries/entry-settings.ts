import type { Bounds, CountedRow, OnceKey } from '../../cache/counter-cache.js';
import type { Moment, WindowSet } from '../../windows/windows.js';

export interface EntryWindows {
  /** What the counter is kept per; `'own'` where that is a window with a time zone or a first day of its own: nothing joins it. */
  set: WindowSet | 'own';
  /** When its increments were made. */
  moment: Moment;
}

export interface EntrySettings {
  idempotencyKey?: string;
  once?: OnceKey | undefined;
  /** Of the outbox. */
  row?: CountedRow | undefined;
  windows?: EntryWindows;
  bounds?: Bounds;
  /** True by default. */
  awaited?: boolean;
  /** By default whether it is a row of the outbox: no other one has its key, under whatever name. */
  isAskedFor?: boolean | undefined;
  /** False by default. */
  goesPast?: boolean | undefined;
}

/** An increment whose settings are known. */
export interface SetAddition extends EntrySettings {
  delta: bigint;
}

/** A deletion, which waits for entries of its counter. */
export interface Deletion {
  left: number;
  resolve: () => void;
}
