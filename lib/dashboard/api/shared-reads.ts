/** Milliseconds for which an answer is given to everybody who asks. */
const FRESH = 1_000;

interface Read {
  at: number;
  answer: Promise<unknown>;
  isOver: boolean;
}

/** However many pages ask, each thing is read once at a time, and at most once a second: the others get the same answer. */
export class SharedReads {
  private readonly reads = new Map<string, Read>();

  constructor(private readonly fresh = FRESH) {}

  read<Answer>(key: string, read: () => Promise<Answer>): Promise<Answer> {
    const now = performance.now();
    for (const [known, { at, isOver }] of this.reads) {
      // in the order in which they were read
      if (now - at < this.fresh) break;
      if (isOver) this.reads.delete(known);
    }
    const found = this.reads.get(key);
    if (found !== undefined) return found.answer as Promise<Answer>;
    const answer = read();
    const begun: Read = { at: now, answer, isOver: false };
    this.reads.set(key, begun);
    const end = (): void => void (begun.isOver = true);
    // whoever asked is told of an error; nobody else is to be disturbed
    answer.then(end, end);
    return answer;
  }

  /** The next read of each thing asks anew. */
  forget(): void {
    this.reads.clear();
  }
}
