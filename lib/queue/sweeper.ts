import type { CounterCache } from '../cache/counter-cache.js';
import type { Seeder } from '../persistence/seeder.js';
import type { PersistQueue, PersistRun } from './persist-queue.js';

/** So many sweeps after a job should have come, the sweeper does the work itself. */
const PATIENCE = 5;

/**
 * Heals what messages cannot: looks at every partition once an interval, triggers what is overdue,
 * and persists it itself when no worker does (a queue that stays idle after a reconnect, say).
 */
export class Sweeper {
  private timer?: NodeJS.Timeout;
  private sweeping: Promise<void> = Promise.resolve();
  private stopped = true;

  constructor(
    private readonly cache: CounterCache,
    private readonly queue: PersistQueue,
    private readonly seeder: Seeder,
    private readonly run: PersistRun,
    private readonly partitions: number,
    /** Milliseconds between two sweeps. */
    private readonly interval: number,
  ) {}

  start(): void {
    this.stopped = false;
    this.schedule();
  }

  /** Resolves when the sweep under way has ended. */
  stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    return this.sweeping;
  }

  private schedule(): void {
    // processes that started together must not sweep together
    const delay = this.interval * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => {
      this.sweeping = this.sweepAll().finally(() => {
        if (!this.stopped) this.schedule();
      });
    }, delay);
    this.timer.unref();
  }

  private async sweepAll(): Promise<void> {
    const partitions = Array.from({ length: this.partitions }, (_, partition) => partition);
    // failures are reported where they happen; the next sweep tries again
    await Promise.allSettled(partitions.map((partition) => this.sweep(partition)));
  }

  private async sweep(partition: number): Promise<void> {
    const { seeded, overdueBy = 0, batchAge = 0 } = await this.cache.sweep(partition);
    if (!seeded) return this.seeder.seed(partition);
    const late = Math.max(overdueBy, batchAge);
    if (late > this.interval * PATIENCE) await this.run(partition);
    else if (late > this.interval && (await this.queue.jobs(partition)).waiting === 0) {
      this.queue.trigger(partition, 0);
    }
  }
}
