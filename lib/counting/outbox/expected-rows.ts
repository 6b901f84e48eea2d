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
  /** Transactions with rows that are not remembered. Once they are over, the outbox has those of them that are committed. */
  private readonly others = new Set<Pick<Expected, 'isOpen' | 'since'>>();

  get size(): number {
    return this.rows.size;
  }

  /** `since`: when they were made, in milliseconds since 1970. */
  add(ids: readonly string[], isOpen: () => boolean, since: number): void {
    const lookedAt = performance.now();
    const room = Math.max(0, MOST - this.rows.size);
    for (const id of ids.slice(0, room)) this.rows.set(id, { isOpen, lookedAt, since });
    if (ids.length <= room) return;
    this.forgetOthers();
    this.others.add({ isOpen, since });
  }

  /** Rows of this moment are being written, until the function that this answers is called. */
  begin(since: number): () => void {
    const moment = { since };
    this.beingWritten.add(moment);
    return () => this.beingWritten.delete(moment);
  }

  /** When the first of all was made, in milliseconds since 1970; `Infinity` where there is none. */
  get since(): number {
    this.forgetOthers();
    let oldest = Infinity;
    // who wrote first need not have been asked first
    for (const of of [this.rows.values(), this.others, this.beingWritten]) {
      for (const { since } of of) oldest = Math.min(oldest, since);
    }
    return oldest;
  }

  /**
   * Ids to look for now, at most so many. They take turns, so that rows which cannot be counted hold up no others. Where the transaction is
   * over, a row that is not there will never be.
   */
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
    for (const id of due.keys()) {
      const row = this.rows.get(id);
      this.rows.delete(id);
      if (row !== undefined) this.rows.set(id, row);
    }
    return due;
  }

  delete(id: string): void {
    this.rows.delete(id);
  }

  private forgetOthers(): void {
    for (const other of this.others) if (!other.isOpen()) this.others.delete(other);
  }
}
