import type { BufferEntry } from './buffer-entry.js';

/** Entries in one script call. */
const CHUNK = 500;
/** How long entries that nobody awaits gather, in milliseconds: a call costs more than what is in it. */
const GATHERING = 50;

interface TakenEntries {
  entries: readonly BufferEntry[];
  /** Whether no two are of one counter. */
  distinct: boolean;
}

const isRow = ({ row }: BufferEntry): boolean => row !== undefined;

/** Entries of a lane that wait for the next call. */
export class EntryQueue {
  private entries: BufferEntry[] = [];
  /** Whether one of them is awaited, as far as is known. */
  private hurried = false;
  private wake?: () => void;
  private calls = 0;

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  [Symbol.iterator](): Iterator<BufferEntry> {
    return this.entries.values();
  }

  push(entry: BufferEntry): void {
    this.entries.push(entry);
    if (entry.awaited || this.entries.length >= CHUNK) this.hurry();
  }

  /** Somebody waits for an entry now. */
  hurry(): void {
    this.hurried = true;
    this.wake?.();
  }

  get length(): number {
    return this.entries.length;
  }

  /** Resolves when somebody awaits an entry, or they had their time to gather; undefined: now. */
  gathered(): Promise<void> | undefined {
    return this.hurried ? undefined : this.gather();
  }

  /** Takes what goes into one call; nothing joins it then. Rows of the outbox go by themselves: what ends their call ends no other entry. */
  take(): TakenEntries {
    const areThere = this.entries.some(isRow);
    const taken = areThere ? this.extract(isRow) : this.entries;
    const others = areThere ? this.entries : [];
    this.entries = taken.length > CHUNK ? [...taken.splice(CHUNK), ...others] : others;
    this.hurried = this.entries.length > 0;
    return { entries: taken, distinct: this.close(taken) };
  }

  /** Takes out, in their order, entries that must not go with the next call. */
  extract(isHeld: (entry: BufferEntry) => boolean): BufferEntry[] {
    const held = this.entries.filter(isHeld);
    if (held.length > 0) this.entries = this.entries.filter((entry) => !isHeld(entry));
    return held;
  }

  private close(entries: readonly BufferEntry[]): boolean {
    const call = ++this.calls;
    let distinct = true;
    for (const entry of entries) {
      entry.close();
      if (entry.counter.call === call) distinct = false;
      entry.counter.call = call;
    }
    return distinct;
  }

  private async gather(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHERING);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
