import type { CounterEvents } from '../../events.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import type { LossReporter } from '../../persisting/loss-reporter.js';
import type { Held } from '../entries/buffer-entry.js';
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

/** Who made the lanes, and gives them entries: the buffer. */
export interface LaneOwner {
  /** An entry was settled, so that many slots are free again. Called once for each entry. */
  settled(slots: number): void;
  /**
   * Counts what is in an entry for another counter, also when the owner is full or takes no more. Resolves when the cache has
   * it; rejects, or throws, where it is not counted.
   */
  carry(held: Held, name: string): Promise<void>;
}
