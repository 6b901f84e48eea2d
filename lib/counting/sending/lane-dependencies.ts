import type { CounterEvents } from '../../events.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import type { LossReporter } from '../../persisting/loss-reporter.js';
import type { BufferEntry, EntrySum } from '../entries/buffer-entry.js';
import type { SetAddition } from '../entries/entry-settings.js';
import type { FormerOutcome } from '../entries/held-entries.js';
import type { NewCounterLimits } from './new-counter-limits.js';
import type { Pace } from './pace.js';

/** What the lanes of a process share. */
export interface LaneDependencies {
  queue: PersistQueue;
  events: CounterEvents;
  /** Reads totals and caches their bases. */
  warm: (names: Iterable<string>) => Promise<ReadonlyMap<string, bigint>>;
  /** Finds the buckets of counters of one partition, the latest first, by their suffixes. */
  bucketsOf: (names: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Looks for keys under the names that a counter had before. */
  formerKeys: KeySearch;
  /** Where new counters are limited, entries of names not seen before are looked up first. */
  newCounters: NewCounterLimits;
  losses: LossReporter;
  pace: Pace;
}

/** Looks for the key of an entry under the names that its counter had before. */
export interface KeySearch {
  /** Undefined where the key is known under none of these names. */
  ask(
    entry: BufferEntry,
    names: readonly string[],
    owner: Pick<LaneOwner, 'addAnyway'>,
  ): Promise<FormerOutcome | undefined>;
}

/** Who made the lanes, and gives them entries: the buffer. */
export interface LaneOwner {
  /** An entry was settled: the slots that it took are free again. Called once for each entry. */
  releaseSlots(slots: number): void;
  /**
   * Counts the sum of an entry for another counter, even if the owner is full or closing. Resolves when the cache has
   * the sum; rejects, or throws, if it is not counted.
   */
  carry(sum: EntrySum, name: string): Promise<void>;
  /** Adds to a counter, before what waits of it, and even if the owner is full or closing. */
  addAnyway(name: string, interval: number, addition: SetAddition): BufferEntry;
}
