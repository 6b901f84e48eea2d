import type { Bounds, OnceKey } from '../../cache/counter-cache.js';
import type { Moment, WindowSet } from '../../windows/windows.js';

export interface EntryWindows {
  /** What the counter is kept per. */
  set: WindowSet;
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
