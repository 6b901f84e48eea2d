import type { CounterEvents } from '../../events.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import type { LossReporter } from '../../persisting/loss-reporter.js';
import type { NewCounterLimits } from './new-counter-limits.js';
import type { Turns } from './turns.js';

/** What the lanes of a process share. */
export interface LaneDependencies {
  queue: PersistQueue;
  events: CounterEvents;
  /** Reads totals and caches their bases. */
  warm: (names: Iterable<string>) => Promise<ReadonlyMap<string, bigint>>;
  /** Where new counters are limited, entries of names not seen before are looked up first. */
  newCounters: NewCounterLimits;
  losses: LossReporter;
  turns: Turns;
}
