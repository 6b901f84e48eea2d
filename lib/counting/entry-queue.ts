import type { BufferEntry } from './buffer-entry.js';

/** Entries in one script call. */
const CHUNK = 500;
/** How long entries that nobody awaits gather, in milliseconds: a call costs more than what is in it. */
const GATHERING = 50;

/** Entries of a lane that wait for the next call. */
export class EntryQueue {
  private entries: BufferEntry[] = [];
  /** Whether one of them is awaited, as far as is known. */
  private hurried = false;
  private wake?: () => void;

  get isEmpty(): boolean {
    return this.entries.length === 0;
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

  /** Takes what goes into one call, not before somebody awaits it or it had its time to gather. */
  async take(): Promise<BufferEntry[]> {
    if (!this.hurried) await this.gather();
    const taken = this.entries.slice(0, CHUNK);
    this.entries = this.entries.slice(CHUNK);
    this.hurried = this.entries.length > 0;
    return taken;
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
