import type { Queue } from 'bull';

/** Milliseconds between two looks for jobs whose worker died. */
export const STALLED_INTERVAL = 120_000;

/** What Bull's types leave out. */
interface WorkingQueue extends Queue {
  moveUnlockedJobsToWait(): Promise<unknown>;
  startMoveUnlockedJobsToWait(): void;
  readonly settings: { stalledInterval: number };
}

/**
 * Hands jobs of workers that died to others. Bull looks for them in each worker; here the process that sweeps does this for all.
 * Queues for which the application has set another interval have Bull's way.
 */
export class StalledJobs {
  private readonly queues: readonly WorkingQueue[];
  private lookedAt = -Infinity;

  constructor(queues: readonly Queue[]) {
    this.queues = (queues as readonly WorkingQueue[]).filter(
      ({ settings }) => settings.stalledInterval === STALLED_INTERVAL,
    );
    // Bull looks once as a worker starts, and would then begin to look again and again
    for (const queue of this.queues) queue.startMoveUnlockedJobsToWait = () => undefined;
  }

  /** Looks, unless this process did so just now. Never throws. */
  reclaim(): void {
    if (performance.now() - this.lookedAt < STALLED_INTERVAL) return;
    this.lookedAt = performance.now();
    // never rejects: its errors are events of the queue
    for (const queue of this.queues) void queue.moveUnlockedJobsToWait();
  }
}
