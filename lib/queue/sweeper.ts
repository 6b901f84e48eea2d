import type { CounterCache } from '../cache/counter-cache.js';
import type { CounterStore } from '../persistence/counter-store.js';
import type { LossReporter } from '../persistence/loss-reporter.js';
import type { Persister } from '../persistence/persister.js';
import type { Seeder } from '../persistence/seeder.js';
import type { PersistQueue } from './persist-queue.js';
import { within } from './within.js';

/** So many sweeps after a job should have come, the sweeper does the work itself. */
const PATIENCE = 5;

export interface SweeperDependencies {
  cache: CounterCache;
  store: CounterStore;
  queue: PersistQueue;
  seeder: Seeder;
  persister: Persister;
  losses: LossReporter;
}

/**
 * Heals what messages cannot: looks at every partition once an interval, triggers what is overdue,
 * and persists it itself when no worker does (a queue that stays idle after a reconnect, say). It also
 * finds a Redis that lost its memory or went back in time where nothing is pending.
 */
export class Sweeper {
  private timer?: NodeJS.Timeout;
  private readonly underWay = new Map<number, Promise<void>>();
  private stopped = true;
  private readonly partitions: readonly number[];

  constructor(
    private readonly dependencies: SweeperDependencies,
    partitions: number,
    /** Milliseconds between two sweeps. */
    private readonly interval: number,
  ) {
    this.partitions = Array.from({ length: partitions }, (_, partition) => partition);
  }

  start(): void {
    this.stopped = false;
    // at once, so that the partitions are seeded before the first increment
    this.sweepNow();
  }

  /** Resolves when the sweeps under way have ended. */
  stop(): Promise<unknown> {
    this.stopped = true;
    clearTimeout(this.timer);
    return Promise.all(this.underWay.values());
  }

  private schedule(): void {
    // processes that started together must not sweep together
    const delay = this.interval * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => this.sweepNow(), delay).unref();
  }

  private sweepNow(): void {
    // a partition whose database stands still must not keep the others from being swept
    void within(this.interval * PATIENCE, this.sweepAll()).then(() => {
      if (!this.stopped) this.schedule();
    });
  }

  private async sweepAll(): Promise<void> {
    const ledgers = await this.ledgers();
    if (this.stopped) return;
    for (const partition of this.partitions) {
      if (this.underWay.has(partition)) continue;
      // failures are reported where they happen; the next sweep tries again
      const sweep = this.sweep(partition, ledgers.get(partition))
        .catch(() => undefined)
        .finally(() => this.underWay.delete(partition));
      this.underWay.set(partition, sweep);
    }
    await Promise.all(this.underWay.values());
  }

  private async sweep(partition: number, ledgerSeq: number | undefined): Promise<void> {
    const { cache, losses, persister, queue, seeder } = this.dependencies;
    const { fence, overdueBy = 0, batchAge = 0, unreported } = await cache.sweep(partition);
    if (fence === undefined) return seeder.seed(partition);
    await losses.report(partition, unreported);
    // the ledger was read before: a fence that is below it now has gone back
    if (ledgerSeq !== undefined && fence < ledgerSeq) await persister.park(partition, ledgerSeq);
    const late = Math.max(overdueBy, batchAge);
    if (late > this.interval * PATIENCE) await persister.persist(partition);
    else if (late > this.interval && (await this.isIdle(partition))) queue.trigger(partition, 0);
  }

  /** Whether the queue says that no job waits; one that does not answer is of no use anyway. */
  private async isIdle(partition: number): Promise<boolean> {
    const idle = this.dependencies.queue.jobs(partition).then(({ waiting }) => waiting === 0);
    return (await within(this.interval, idle)) && idle;
  }

  private async ledgers(): Promise<ReadonlyMap<number, number>> {
    try {
      return (await this.dependencies.store.read([], this.partitions)).ledgers;
    } catch {
      return new Map();
    }
  }
}
