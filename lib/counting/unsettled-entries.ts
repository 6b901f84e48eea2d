import type { BufferEntry } from './buffer-entry.js';

/** Entries of a lane without an answer, oldest first. A list, as each comes and goes once. */
export class UnsettledEntries {
  private first?: BufferEntry;
  private last?: BufferEntry;
  private added = 0;
  private waiters: { until: number; resolve: () => void }[] = [];

  add(entry: BufferEntry): void {
    entry.order = ++this.added;
    entry.previous = this.last;
    if (this.last === undefined) this.first = entry;
    else this.last.next = entry;
    this.last = entry;
  }

  remove(entry: BufferEntry): void {
    const { previous, next } = entry;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
    if (this.waiters.length > 0) this.tell();
  }

  /** Resolves when all that are here are removed. */
  settled(): Promise<void> {
    if (this.first === undefined) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push({ until: this.added, resolve }));
  }

  /** Those whose callers wait since before that time, at most so many. */
  since(time: number, limit: number): BufferEntry[] {
    const found: BufferEntry[] = [];
    for (let entry = this.first; entry !== undefined && found.length < limit; entry = entry.next) {
      if (entry.since < time) found.push(entry);
    }
    return found;
  }

  private tell(): void {
    const oldest = this.first?.order ?? Infinity;
    const ready = this.waiters.filter(({ until }) => until < oldest);
    this.waiters = this.waiters.filter(({ until }) => until >= oldest);
    for (const { resolve } of ready) resolve();
  }
}
