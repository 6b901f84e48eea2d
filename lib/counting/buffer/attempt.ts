import type { BufferEntry, EntrySum } from '../entries/buffer-entry.js';

/** An increment that is made only if a total stays within bounds. */
export class Attempt {
  /**
   * Resolves when the increment was made or refused, also where its caller was told of a delay before.
   * Never resolves where that does not become known.
   */
  private readonly settled: Promise<void>;
  private readonly delta: bigint;

  constructor(
    private readonly entry: BufferEntry,
    /** After the increment, or that which kept the increment from being made. */
    readonly total: Promise<bigint>,
    /** Adds to the counter of the entry. */
    private readonly carry: (sum: EntrySum) => Promise<void>,
  ) {
    this.settled = settled(entry);
    this.delta = entry.sum;
  }

  /** Whether it was made; known once `total` is. */
  get applied(): boolean {
    return !this.entry.refused;
  }

  /** Whether it was made, also where its caller was told of a delay before; resolves once that is known. */
  async whenMade(): Promise<boolean> {
    await this.settled;
    return this.applied && this.entry.sum !== 0n;
  }

  /**
   * Takes the increment back, from the windows that it was counted in; if its outcome is not known yet,
   * as soon as it is. Resolves when the cache has it, and is repeated until then.
   */
  async undo(): Promise<void> {
    await this.settled;
    const { sum, interval, windows } = this.entry;
    if (this.applied) await this.carry({ sum: -sum, interval, windows });
  }

  /**
   * Makes the increment without the bounds where it was not made: refused, or never tried because the
   * total could not be read. Not where its outcome stays unknown, so it is never made twice. Resolves
   * when the cache has it.
   */
  async makeUp(): Promise<void> {
    await this.settled;
    const { sum, interval, windows } = this.entry;
    if (this.applied && sum !== 0n) return;
    await this.carry({ sum: this.delta, interval, windows });
  }
}

async function settled(entry: BufferEntry): Promise<void> {
  for (;;) {
    try {
      await entry.acknowledged;
      return;
    } catch {
      // of a delay, and then the entry has a new promise; or for good, and that promise stays open
    }
  }
}
