/** A call with increments to Redis that has ended. */
export interface SentBatch {
  partition: number;
  /** Entries that it had: one for each counter, and one for each increment with a key or an answer of its own. */
  entries: number;
  /** Callers who are told that theirs is counted, or who got the answer that they asked for. */
  acknowledged: number;
  /** When its oldest increment was made, when it was sent and when it ended, in `performance.now()` milliseconds. */
  since: number;
  began: number;
  ended: number;
  /** Why it failed, or its outcome is unknown. */
  error?: unknown;
}

/** Who measures the calls of a process to Redis. Where nobody does, nothing is measured. */
export class BatchWatchers {
  private watchers: readonly ((batch: SentBatch) => void)[] = [];

  get areThere(): boolean {
    return this.watchers.length > 0;
  }

  /** Answers what ends it. `watcher` is called in the middle of the work, and must not throw. */
  add(watcher: (batch: SentBatch) => void): () => void {
    this.watchers = [...this.watchers, watcher];
    return () => {
      this.watchers = this.watchers.filter((it) => it !== watcher);
    };
  }

  tell(batch: SentBatch): void {
    for (const watcher of this.watchers) watcher(batch);
  }
}
