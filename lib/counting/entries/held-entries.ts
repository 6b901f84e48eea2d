import { CacheUnavailableError } from '../../errors.js';
import type { BufferEntry } from './buffer-entry.js';
import type { EntryQueue } from './entry-queue.js';

/** Cold answers after which the cache counts as unable to keep a base. */
const COLD_LIMIT = 20;
const FORGETFUL = 'Redis forgets the cached values of counters at once: is its memory full?';

interface Released {
  entry: BufferEntry;
  /** Why its base could not be cached. */
  error?: unknown;
}

/**
 * Entries of a lane that wait until the base of their counter is cached, and the entries of the same
 * counter that came after them: so the calls of a process to a counter take effect in their order.
 */
export class HeldEntries {
  constructor(
    private readonly queue: EntryQueue,
    private readonly onHold: Set<BufferEntry>,
    /** Reads totals and caches their bases. */
    private readonly warm: (names: Iterable<string>) => Promise<unknown>,
  ) {}

  /** False when no entry of its counter is held: then it may be sent. */
  add(entry: BufferEntry): boolean {
    const { waitingForBase } = entry.counter;
    if (waitingForBase === undefined) return false;
    this.onHold.add(entry);
    waitingForBase.push(entry);
    return true;
  }

  /** Entries that the cache did not take, in their order, and in front of those that came meanwhile. */
  hold(entries: readonly BufferEntry[]): void {
    for (const entry of entries) {
      entry.counter.waitingForBase ??= [];
      this.add(entry);
    }
    for (const entry of this.queue.extract(isHeld)) {
      this.add(entry);
    }
  }

  /**
   * Caches the bases that these entries need, and releases all that is held of their counters, in its
   * order. With an error for these entries where that failed. Never rejects.
   */
  async warmed(cold: ReadonlySet<BufferEntry>): Promise<Released[]> {
    let failed: { error: unknown } | undefined;
    try {
      const isTooOften = [...cold].some((entry) => ++entry.coldAnswers > COLD_LIMIT);
      if (isTooOften) throw new CacheUnavailableError(FORGETFUL);
      await this.warm(new Set([...cold].flatMap(({ names }) => names)));
    } catch (error) {
      failed = { error };
    }
    return this.release(cold).map((entry) =>
      failed !== undefined && cold.has(entry) ? { entry, ...failed } : { entry },
    );
  }

  private release(entries: Iterable<BufferEntry>): BufferEntry[] {
    const released: BufferEntry[] = [];
    for (const { counter } of entries) {
      released.push(...(counter.waitingForBase ?? []));
      counter.waitingForBase = undefined;
    }
    for (const entry of released) this.onHold.delete(entry);
    return released;
  }
}

function isHeld({ counter }: BufferEntry): boolean {
  return counter.waitingForBase !== undefined;
}
