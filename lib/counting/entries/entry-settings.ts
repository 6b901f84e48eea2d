import type { Bounds, OnceKey } from '../../cache/counter-cache.js';
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
  windows?: EntryWindows;
  bounds?: Bounds;
  /** True by default. */
  awaited?: boolean;
  /** False by default. */
  isAskedFor?: boolean | undefined;
}
