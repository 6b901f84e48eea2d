/** A simulated process: what it does ends with it, and stands still while it is paused. */
export interface Owner {
  readonly name: string;
  readonly alive: boolean;
  readonly pausedUntil: number;
  /** Before each of its steps; it may end the process, and then answers false. */
  beforeStep(): boolean;
}

export interface Timer {
  at: number;
  order: number;
  run: () => void;
  owner: Owner | undefined;
  cancelled: boolean;
}

/** The real one: while a run lasts, the shipped code gets another. */
const { setImmediate } = globalThis;

/** Steps between two looks at the real event loop. */
const STEPS_A_TURN = 64;

/**
 * Time that passes from step to step. A step is the callback of one timer and every microtask that
 * follows from it: Node runs the microtasks between two immediates, so each step is one immediate.
 */
export class VirtualTime {
  /** Milliseconds. */
  now = 0;
  steps = 0;
  /** Changes with anything that changes the order or the times of the steps. */
  digest = 0;
  /** Whose step it is; what is scheduled meanwhile belongs to it. */
  current?: Owner;

  private readonly heap: Timer[] = [];
  private orders = 0;
  private ended = false;
  private failure?: Error;

  constructor(start: number) {
    this.now = start;
  }

  /** Runs as a step of the owner, unless that is dead by then. */
  after(delay: number, run: () => void, owner: Owner | undefined): Timer {
    const at = this.now + Math.max(0, delay);
    const timer = { at, order: this.orders++, run, owner, cancelled: false };
    this.push(timer);
    return timer;
  }

  /** Steps until `end()` is called; rejects with what `fail()` was called with. */
  play(): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        if (this.ended) {
          this.heap.length = 0;
          if (this.failure === undefined) resolve();
          else reject(this.failure);
          return;
        }
        for (let i = 0; i < STEPS_A_TURN; i++) setImmediate(this.step);
        setImmediate(turn);
      };
      turn();
    });
  }

  end(): void {
    this.ended = true;
  }

  fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
    this.ended = true;
  }

  private readonly step = (): void => {
    while (!this.ended) {
      const timer = this.pop();
      if (timer === undefined) {
        this.fail(new Error('Nothing is left to happen'));
        return;
      }
      const { owner } = timer;
      if (timer.cancelled || owner?.alive === false) continue;
      this.now = Math.max(this.now, timer.at);
      if (owner !== undefined && owner.pausedUntil > this.now) {
        timer.at = owner.pausedUntil;
        this.push(timer);
        continue;
      }
      if (owner?.beforeStep() === false) continue;
      this.current = owner;
      this.steps++;
      this.digest = (Math.imul(this.digest, 31) + timer.order + Math.floor(this.now * 1024)) | 0;
      try {
        timer.run();
      } catch (error) {
        this.fail(error);
      }
      return;
    }
  };

  private push(timer: Timer): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Timer;
      if (!isBefore(timer, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = timer;
  }

  private pop(): Timer | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer))
        below++;
      if (!isBefore(heap[below] as Timer, last)) break;
      heap[index] = heap[below] as Timer;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
