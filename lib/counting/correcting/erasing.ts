import type { Outbox } from '../../database/outbox/outbox.js';
import type { ChangeOptions } from '../../input/counter.types.js';
import type { IncrementBuffer } from '../buffer/increment-buffer.js';

/** Counters that are deleted and persisted together: each may have thousands of windows. */
const AT_ONCE = 100;
/** Names in one flush. */
const FLUSHED = 10_000;
/** Rows of the outbox on a page. */
const ROWS = 500;

/** What `MeteringService.erase()` removed. @publicApi */
export interface Erased {
  /** Counters. One that is counted meanwhile may come twice. */
  counters: number;
  /** Counts of windows of these counters. */
  windows: number;
  /** Entries of parked counts. */
  parked: number;
  /** Increments of transactions that waited for an operator. */
  outbox: number;
}

/** Which counters are erased, by what their names consist of. */
interface ErasedNames {
  prefix: string;
  pieces: readonly string[];
  isMeant: (counter: string) => boolean;
}

interface ErasingOptions {
  change: ChangeOptions;
  onProgress?: ((progress: Erased) => void | Promise<void>) | undefined;
}

interface ErasingDependencies {
  buffer: Pick<IncrementBuffer, 'whenSettled' | 'limit'>;
  outbox: Pick<Outbox, 'exists' | 'refused' | 'remove'>;
  /** Deletes counters, and answers their buckets that were deleted with them. */
  deleteAll: (counters: readonly string[], change: ChangeOptions) => Promise<string[]>;
  /** Finds counters, also those of which nothing but windows is left. */
  find: (names: ErasedNames) => AsyncIterable<string[]>;
  flush: (names: readonly string[]) => Promise<void>;
  /** Counts what was committed before. */
  settle: () => Promise<void>;
  /** Drops entries of parked counts, and answers how many. */
  discardParked: (names: ErasedNames, change: ChangeOptions) => Promise<number>;
}

/**
 * Removes all that was counted by counters with certain names, wherever it is. Nothing is remembered: where it breaks off, another run
 * finds what is left. What was removed from a row is persisted before the next counters are looked for, so no counter is found again.
 */
export class Erasing {
  constructor(private readonly dependencies: ErasingDependencies) {}

  async run(names: ErasedNames, { change, onProgress }: ErasingOptions): Promise<Erased> {
    const { buffer, outbox, find, settle, discardParked } = this.dependencies;
    const erased: Erased = { counters: 0, windows: 0, parked: 0, outbox: 0 };
    const tell = async (): Promise<void> => onProgress?.({ ...erased });
    // what this process holds, and what was committed before, is found in the cache
    await buffer.whenSettled();
    const hasOutbox = await outbox.exists();
    await settle();
    const step = Math.min(AT_ONCE, buffer.limit);
    for await (const found of find(names)) {
      for (let from = 0; from < found.length; from += step) {
        await this.eraseCounters(found.slice(from, from + step), change, erased);
        await tell();
      }
    }
    if (hasOutbox) erased.outbox = await this.removeRefused(names);
    erased.parked = await discardParked(names, change);
    await tell();
    return erased;
  }

  private async eraseCounters(
    counters: readonly string[],
    change: ChangeOptions,
    erased: Erased,
  ): Promise<void> {
    const { deleteAll, flush } = this.dependencies;
    const windows = await deleteAll(counters, change);
    const all = [...counters, ...windows];
    for (let from = 0; from < all.length; from += FLUSHED) {
      await flush(all.slice(from, from + FLUSHED));
    }
    erased.counters += counters.length;
    erased.windows += windows.length;
  }

  /** Rows of the outbox that wait for an operator. */
  private async removeRefused({ isMeant }: ErasedNames): Promise<number> {
    const { outbox } = this.dependencies;
    let removed = 0;
    for (let after: string | undefined; ;) {
      const rows = await outbox.refused(after, ROWS);
      const ids = rows.filter(({ name }) => isMeant(name)).map(({ id }) => id);
      if (ids.length > 0) await outbox.remove(ids);
      removed += ids.length;
      if (rows.length < ROWS) return removed;
      after = rows.at(-1)?.id;
    }
  }
}
