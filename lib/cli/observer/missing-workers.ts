import type { CounterCache } from '../../cache/counter-cache.js';
import { partitionNumbers } from '../../words/partitioner.js';

/** A process with workers that said nothing for this time, in milliseconds, is missing: each says that it runs every ten seconds. */
export const PATIENCE = 30_000;

/** Finds at once what a process of the application finds by watching: that counts wait, and no process with workers runs. */
export class MissingWorkers {
  private missing?: Date;

  constructor(
    private readonly cache: Pick<CounterCache, 'processes' | 'sweep'>,
    private readonly partitions: number,
  ) {}

  /** Since when, as of the last look. */
  get since(): Date | undefined {
    return this.missing;
  }

  /** Never rejects: without an answer nothing is known of workers. */
  async look(): Promise<void> {
    this.missing = await this.find().catch(() => undefined);
  }

  private async find(): Promise<Date | undefined> {
    const processes = await this.cache.processes();
    const ages = processes.filter(({ persists }) => persists).map(({ age }) => age);
    const youngest = Math.min(...ages);
    // a negative age is of a clock that was put back
    if (youngest < PATIENCE) return undefined;
    const health = await Promise.all(
      partitionNumbers(this.partitions).map((partition) => this.cache.sweep(partition)),
    );
    const waits = health.some(({ pending, batchCounters = 0 }) => pending + batchCounters > 0);
    if (!waits) return undefined;
    if (Number.isFinite(youngest)) return new Date(Date.now() - youngest);
    return this.missing ?? new Date();
  }
}
