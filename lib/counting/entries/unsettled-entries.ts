import type { BufferEntry } from './buffer-entry.js';
import type { EntryQueue } from './entry-queue.js';

/** One or more who wait until everything that was added up to an entry is settled. */
interface Waiter {
  /** Order of the last entry that is waited for. */
  until: number;
  /** Unsettled entries up to that one, without those that the waiter before this one counts. */
  entries: number;
  resolve: () => void;
}

/** Entries of a lane without an answer: they wait for a call, are in the one under way, or are held for a look-up. */
export class UnsettledEntries {
  /** In the call under way. */
  underWay: readonly BufferEntry[] = [];
  /** Entries that wait for a look-up before they can be sent. */
  readonly onHold = new Set<BufferEntry>();
  private added = 0;
  private unsettled = 0;
  /** By `until`, the earliest first. */
  private readonly waiters: Waiter[] = [];
  /** Entries that some waiter counts. */
  private awaited = 0;

  constructor(private readonly queue: EntryQueue) {}

  add(entry: BufferEntry): void {
    entry.order = ++this.added;
    this.unsettled++;
  }

  /** Resolves when all that are here are settled. */
  allSettled(): Promise<void> {
    return new Promise((resolve) => {
      const entries = this.unsettled - this.awaited;
      this.awaited = this.unsettled;
      this.waiters.push({ until: this.added, entries, resolve });
      this.tell();
    });
  }

  /** Whether somebody waits until all are settled. */
  get areAwaited(): boolean {
    return this.waiters.length > 0;
  }

  /** To be called once for each entry, when it is settled. The steps do not depend on how many are unsettled. */
  remove(entry: BufferEntry): void {
    this.unsettled--;
    const waiter = this.waiterFor(entry.order);
    if (waiter === undefined) return;
    waiter.entries--;
    this.awaited--;
    this.tell();
  }

  /** Entries whose callers wait since before that time, at most `limit`. */
  since(time: number, limit: number): BufferEntry[] {
    const found: BufferEntry[] = [];
    for (const entry of this.all()) {
      if (found.length === limit) break;
      if (entry.since < time) found.push(entry);
    }
    return found;
  }

  /** How many increments they hold, and when the first of them came. */
  waiting(): { increments: number; oldest: number } {
    let increments = 0;
    let oldest = Infinity;
    for (const entry of this.all()) {
      increments += entry.increments;
      if (entry.created < oldest) oldest = entry.created;
    }
    return { increments, oldest };
  }

  /** The waiter that counts the entry: the first whose `until` is not before it. */
  private waiterFor(order: number): Waiter | undefined {
    let from = 0;
    let to = this.waiters.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.waiters[middle]?.until ?? 0) < order) from = middle + 1;
      else to = middle;
    }
    return this.waiters[from];
  }

  private tell(): void {
    while (this.waiters[0]?.entries === 0) this.waiters.shift()?.resolve();
  }

  private *all(): Generator<BufferEntry> {
    // a lane lists a call until all of its entries are settled
    for (const entry of this.underWay) if (!entry.isSettled) yield entry;
    yield* this.onHold;
    yield* this.queue;
  }
}
