/** Milliseconds for which an answer is given to everybody who asks. */
const FRESH = 1_000;

interface Read {
  at: number;
  answer: Promise<unknown>;
}

/** However many pages ask, each thing is read at most once a second: the others get the same answer. */
export class SharedReads {
  private readonly reads = new Map<string, Read>();

  read<Answer>(key: string, read: () => Promise<Answer>): Promise<Answer> {
    const now = performance.now();
    for (const [known, { at }] of this.reads) {
      // in the order in which they were read
      if (now - at < FRESH) break;
      this.reads.delete(known);
    }
    const found = this.reads.get(key);
    if (found !== undefined) return found.answer as Promise<Answer>;
    const answer = read();
    this.reads.set(key, { at: now, answer });
    // whoever asked is told; nobody else is to be disturbed
    answer.catch(() => undefined);
    return answer;
  }

  /** The next read of each thing asks anew. */
  forget(): void {
    this.reads.clear();
  }
}
