import type { BufferEntry } from './buffer-entry.js';
import type { EntryQueue } from './entry-queue.js';

/** Entries of a lane without an answer: they wait for a call, are in the one under way, or are put aside. */
export class UnsettledEntries {
  /** In the call under way. */
  sent: readonly BufferEntry[] = [];
  /** What has to be known about them is asked. */
  readonly aside = new Set<BufferEntry>();
  private added = 0;
  private waiters: { until: number; resolve: () => void }[] = [];

  constructor(private readonly queue: EntryQueue) {}

  add(entry: BufferEntry): void {
    entry.order = ++this.added;
  }

  /** Resolves when all that are here are settled. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.waiters.push({ until: this.added, resolve });
      this.tell();
    });
  }

  /** To be called when some have been settled. */
  tell(): void {
    if (this.waiters.length === 0) return;
    let oldest = Infinity;
    for (const { order } of this.all()) oldest = Math.min(oldest, order);
    const ready = this.waiters.filter(({ until }) => until < oldest);
    this.waiters = this.waiters.filter(({ until }) => until >= oldest);
    for (const { resolve } of ready) resolve();
  }

  /** Those whose callers wait since before that time, at most so many. */
  since(time: number, limit: number): BufferEntry[] {
    const found: BufferEntry[] = [];
    for (const entry of this.all()) {
      if (found.length === limit) break;
      if (entry.since < time) found.push(entry);
    }
    return found;
  }

  private *all(): Generator<BufferEntry> {
    yield* this.sent;
    yield* this.aside;
    yield* this.queue;
  }
}
