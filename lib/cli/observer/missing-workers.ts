import type { CounterCache } from '../../cache/counter-cache.js';
import { PATIENCE } from '../../persisting/neighbours/worker-watch.js';
import { partitionNumbers } from '../../words/partitioner.js';

/** How many counters and windows wait in Redis, those of open batches too. */
export async function countPending(
  cache: Pick<CounterCache, 'sweep'>,
  partitions: number,
): Promise<number> {
  const health = await Promise.all(
    partitionNumbers(partitions).map((partition) => cache.sweep(partition)),
  );
  return health.reduce((sum, { pending, batchCounters = 0 }) => sum + pending + batchCounters, 0);
}

/** Milliseconds, of a process that does not say it: the default of the option. */
const USUAL_INTERVAL = 10_000;

/** Finds at once what a process of the application finds by watching: that counts wait, and no process with workers runs. */
export class MissingWorkers {
  private missing?: Date;
  private interval = USUAL_INTERVAL;

  constructor(
    private readonly cache: Pick<CounterCache, 'processes' | 'sweep'>,
    private readonly partitions: number,
  ) {}

  /** Since when, as of the last look. */
  get since(): Date | undefined {
    return this.missing;
  }

  /** The longest `updateInterval` of the processes that run, as of the last look. */
  get updateInterval(): number {
    return this.interval;
  }

  /** Never rejects: without an answer nothing is known of workers. */
  async look(): Promise<void> {
    this.missing = await this.find().catch(() => undefined);
  }

  private async find(): Promise<Date | undefined> {
    const processes = await this.cache.processes();
    const running = processes.filter(({ age }) => age < PATIENCE);
    this.interval = Math.max(
      USUAL_INTERVAL,
      ...running.map(({ updateInterval = USUAL_INTERVAL }) => updateInterval),
    );
    const ages = processes.filter(({ persists }) => persists).map(({ age }) => age);
    const youngest = Math.min(...ages);
    // a negative age is of a clock that was put back
    if (youngest < PATIENCE) return undefined;
    if ((await countPending(this.cache, this.partitions)) === 0) return undefined;
    if (Number.isFinite(youngest)) return new Date(Date.now() - youngest);
    return this.missing ?? new Date();
  }
}
