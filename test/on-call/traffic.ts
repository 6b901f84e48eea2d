import { setTimeout as sleep } from 'node:timers/promises';
import type { CounterService } from '../../lib/index.js';

export const NAMES = ['views:1', 'views:2', 'views:3'] as const;

/**
 * Users: some increments and a read every 50 ms, without a wait for their answers. Of each increment it is known whether it is to be
 * counted: one that was refused is not, and one whose outcome its caller does not know is, later.
 */
export class Traffic {
  /** Increments of each name that are to be counted. */
  readonly expected = new Map<string, number>(NAMES.map((name) => [name, 0]));
  /** Increments of all names since the start, refused ones too. */
  calls = 0;
  private readonly open = new Set<Promise<unknown>>();
  private stopped = true;
  private running?: Promise<void>;

  constructor(private readonly counters: CounterService) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.running = this.run();
  }

  /** Resolves when every call has its answer. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    await Promise.all(this.open);
  }

  /** Increments with names of their own: each is an entry of the buffer. */
  crowd(names: readonly string[]): void {
    for (const name of names) this.count(name);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      for (const name of NAMES) this.count(name);
      this.keep(this.counters.getCount(NAMES[0]).catch(() => undefined));
      await sleep(50);
    }
  }

  private count(name: string): void {
    this.calls++;
    this.add(name, 1);
    this.keep(
      this.counters.incr(name).catch((error: unknown) => {
        if ((error as { code?: unknown }).code !== 'OUTCOME_UNKNOWN') this.add(name, -1);
      }),
    );
  }

  private add(name: string, delta: number): void {
    this.expected.set(name, (this.expected.get(name) ?? 0) + delta);
  }

  private keep(call: Promise<unknown>): void {
    this.open.add(call);
    void call.then(() => this.open.delete(call));
  }
}
