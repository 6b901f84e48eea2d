import type { CounterCache } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import { Repeating } from '../words/repeating.js';

/** Milliseconds between two looks. */
const INTERVAL = 10_000;
/** Workers are missed when none was seen for so many milliseconds. */
const PATIENCE = 30_000;

/**
 * Looks for processes that persist, where this one does not. Counts that wait for nobody are told once:
 *
 *     content ──none was seen for 30 s, and counts wait──► missing, told ──one is seen, or nothing waits──► content, told
 */
export class WorkerWatch {
  private readonly looking: Repeating;
  /** When one was seen last, by the clock of this process; what came before its start it cannot know. */
  private lastSeen = performance.now();
  /** Since when they are missing, also by the clock of this process. */
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

  /** Since when none was seen, where counts wait; undefined when all is well. */
  get missingSince(): Date | undefined {
    return this.missing?.since;
  }

  start(): void {
    this.lastSeen = performance.now();
    this.looking.startLater();
  }

  /** A look that is under way is not waited for: it changes nothing. */
  stop(): void {
    void this.looking.stop();
  }

  /** Never rejects. */
  private async lookIfAnswered(): Promise<void> {
    try {
      await this.look();
    } catch {
      // without an answer nothing is known, and workers may have been without one as well
      if (this.missing === undefined) this.lastSeen = performance.now();
    }
  }

  private async look(): Promise<void> {
    const workers = await this.events.silences.redis.watch(this.cache.workers());
    const now = performance.now();
    // one that lies ahead is of a clock that was put back, and shows itself anew if it lives
    const seen = workers.filter(({ age }) => age >= 0).map(({ age }) => now - age);
    this.lastSeen = Math.max(this.lastSeen, ...seen);
    const silence = now - this.lastSeen;
    const waiting = silence < this.patience ? 0 : await this.waiting();
    if (waiting === 0) this.found();
    else if (this.missing === undefined && !this.looking.stopped) {
      this.missing = { since: new Date(Date.now() - silence), lastSeen: this.lastSeen };
      this.events.emit('noWorkers', { milliseconds: Math.round(silence), counters: waiting });
    }
  }

  private found(): void {
    if (this.missing === undefined || this.looking.stopped) return;
    const milliseconds = Math.round(performance.now() - this.missing.lastSeen);
    this.missing = undefined;
    this.events.emit('workersBack', { milliseconds });
  }

  /** Counters whose increments are not persisted. */
  private async waiting(): Promise<number> {
    let waiting = 0;
    for (let partition = 0; partition < this.partitions; partition++) {
      const { pending, batchCounters = 0 } = await this.cache.sweep(partition);
      waiting += pending + batchCounters;
    }
    return waiting;
  }
}
