import type { CounterCache } from '../../cache/counter-cache.js';
import type { CounterEvents } from '../../events.js';
import { Repeating } from '../../words/repeating.js';

/** Milliseconds between two looks. */
const INTERVAL = 10_000;
/** Workers are missing when none was seen for this time, in milliseconds. */
export const PATIENCE = 30_000;

/**
 * Looks for processes that persist, in a process that does not. Tells once that counts wait and no such process runs:
 *
 *     content ──no worker seen for 30 s, and counts wait──► missing, told ──one is seen, or nothing waits──► content, told
 */
export class WorkerWatch {
  private readonly looking: Repeating;
  /** When a worker was last seen, by the clock of this process; at first, the start of this process. */
  private lastSeen = performance.now();
  /** Since when workers are missing, by the clock of this process. */
  private missing?: { since: Date; lastSeen: number };

  constructor(
    private readonly cache: CounterCache,
    private readonly events: CounterEvents,
    private readonly partitions: number,
    private readonly interval = INTERVAL,
    private readonly patience = PATIENCE,
  ) {
    this.looking = new Repeating(
      () => this.lookIfAnswered(),
      () => this.interval,
    );
  }

  /** Since when workers are missing; undefined where they are not. */
  get missingSince(): Date | undefined {
    return this.missing?.since;
  }

  start(): void {
    this.lastSeen = performance.now();
    this.looking.startLater();
  }

  /** Does not wait for a look under way, which changes nothing any more. */
  stop(): void {
    void this.looking.stop();
  }

  /** Never rejects. */
  private async lookIfAnswered(): Promise<void> {
    try {
      await this.look();
    } catch {
      // Redis gave no answer, so nothing is known: workers may have had none either
      if (this.missing === undefined) this.lastSeen = performance.now();
    }
  }

  private async look(): Promise<void> {
    const processes = await this.events.silences.redis.watch(this.cache.processes());
    const now = performance.now();
    // a negative age is of a clock that was put back: a worker that runs is seen again soon
    const workers = processes.filter(({ persists, age }) => persists && age >= 0);
    const seen = workers.map(({ age }) => now - age);
    this.lastSeen = Math.max(this.lastSeen, ...seen);
    const silence = now - this.lastSeen;
    const waiting = silence < this.patience ? 0 : await this.countWaiting();
    if (waiting === 0) this.endMissing();
    else if (this.missing === undefined && !this.looking.stopped) {
      this.missing = { since: new Date(Date.now() - silence), lastSeen: this.lastSeen };
      this.events.emit('noWorkers', { milliseconds: Math.round(silence), counters: waiting });
    }
  }

  private endMissing(): void {
    if (this.missing === undefined || this.looking.stopped) return;
    const milliseconds = Math.round(performance.now() - this.missing.lastSeen);
    this.missing = undefined;
    this.events.emit('workersBack', { milliseconds });
  }

  /** Counters whose increments are not persisted. */
  private async countWaiting(): Promise<number> {
    let waiting = 0;
    for (let partition = 0; partition < this.partitions; partition++) {
      const { pending, batchCounters = 0 } = await this.cache.sweep(partition);
      waiting += pending + batchCounters;
    }
    return waiting;
  }
}
