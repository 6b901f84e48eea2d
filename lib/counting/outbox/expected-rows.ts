/** Rows that are remembered: the process that sweeps for all finds others too. */
const MOST = 10_000;
/** Milliseconds between two looks for a row whose transaction seems open: its runner may be in the next transaction by now. */
const STILL_OPEN = 1000;

interface Expected {
  isOpen: () => boolean;
  lookedAt: number;
  /** When it was written: milliseconds since 1970. */
  since: number;
}

/** Rows that this process wrote, until they are counted, or their transaction was rolled back. */
export class ExpectedRows {
  private readonly rows = new Map<string, Expected>();
  private readonly beingWritten = new Set<{ since: number }>();
  /** Of those that are not remembered: until none is. */
  private unknownSince = Infinity;

  get size(): number {
    return this.rows.size;
  }

  /** `since`: when they were made, in milliseconds since 1970. */
  add(ids: readonly string[], isOpen: () => boolean, since: number): void {
    const lookedAt = performance.now();
    for (const id of ids) {
      if (this.rows.size < MOST) this.rows.set(id, { isOpen, lookedAt, since });
      else this.unknownSince = Math.min(this.unknownSince, since);
    }
  }

  /** Rows of this moment are being written, until the function that this answers is called. */
  begin(since: number): () => void {
    const moment = { since };
    this.beingWritten.add(moment);
    return () => this.beingWritten.delete(moment);
  }

  /** When the first of all was made, in milliseconds since 1970; `Infinity` where there is none. */
  get since(): number {
    const [first] = this.rows.values();
    const [written] = this.beingWritten;
    return Math.min(first?.since ?? Infinity, written?.since ?? Infinity, this.unknownSince);
  }

  /** Ids to look for now, at most so many. Where the transaction is over, a row that is not there will never be. */
  due(most: number): Map<string, { isOver: boolean }> {
    const due = new Map<string, { isOver: boolean }>();
    const now = performance.now();
    for (const [id, row] of this.rows) {
      const isOver = !row.isOpen();
      if (!isOver && now - row.lookedAt < STILL_OPEN) continue;
      row.lookedAt = now;
      due.set(id, { isOver });
      if (due.size === most) break;
    }
    return due;
  }

  delete(id: string): void {
    this.rows.delete(id);
    if (this.rows.size === 0) this.unknownSince = Infinity;
  }
}
