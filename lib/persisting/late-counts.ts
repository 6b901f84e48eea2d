import type { CounterCache, PartitionHealth } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { within } from '../words/within.js';
import type { Persister } from './persister.js';

/** Counts that are late by more than this number of sweep intervals are persisted here, without a job. */
export const PATIENCE = 5;

interface LateCountsDependencies {
  cache: CounterCache;
  queue: PersistQueue;
  persister: Persister;
  events: CounterEvents;
}

/** What a sweep does about counts that are overdue in a partition: it sends a job, and persists them by itself when no worker does. */
export class LateCounts {
  /** Partitions whose queue is paused, and for which `queuePaused` told so. */
  private readonly paused = new Set<number>();

  constructor(
    private readonly dependencies: LateCountsDependencies,
    /** Milliseconds between two sweeps. */
    private readonly interval: number,
  ) {}

  /** Whether each sweep must ask a queue, as nothing else finds out that it was resumed. */
  get asksQueues(): boolean {
    return this.paused.size > 0;
  }

  /** Makes all counters due: due times lie ahead where the clock of the cache was put back. */
  async hastenAll(partition: number): Promise<void> {
    const { cache, queue } = this.dependencies;
    let hastened = await cache.hasten(partition);
    while (hastened.more) hastened = await cache.hasten(partition, undefined, hastened.mark);
    // the job that the partition asked for may only come when the clock has caught up
    queue.trigger(partition, await cache.wake(partition));
  }

  async catchUp(
    partition: number,
    { overdueBy = 0, batchAge = 0, batchHeldFor = 0 }: PartitionHealth,
  ): Promise<void> {
    const { cache, persister, queue } = this.dependencies;
    const late = Math.max(overdueBy, batchAge);
    // a worker that runs holds the batch, and then goes on with what is due
    if (late <= this.interval || batchHeldFor > 0) {
      // nothing is late in a queue that was resumed, so nothing else finds out that it was
      if (this.paused.has(partition)) await this.hasJobs(partition);
      return;
    }
    const hasJobs = await this.hasJobs(partition);
    if (late > this.interval * PATIENCE) {
      const wake = await persister.persist(partition);
      if (wake !== undefined) queue.trigger(partition, wake);
    } else if (!hasJobs) queue.trigger(partition, await cache.wake(partition));
  }

  /** Whether another job would be of no use: jobs wait, or the queue does not answer. */
  private async hasJobs(partition: number): Promise<boolean> {
    const { queue, events } = this.dependencies;
    const asked = queue.jobs(partition).catch(() => undefined);
    const jobs = (await within(this.interval, asked)) ? await asked : undefined;
    if (jobs === undefined) return true;
    if (jobs.paused === 0) this.paused.delete(partition);
    else if (!this.paused.has(partition)) {
      this.paused.add(partition);
      events.emit('queuePaused', { partition, jobs: jobs.paused });
    }
    return jobs.waiting + jobs.paused > 0;
  }
}
