import { whileRunning } from '../../words/deadline.js';
import type { BullMqWorkerObject } from './bullmq-package.js';
import { STALLED_INTERVAL } from './bullmq-options.js';

/**
 * Hands jobs of workers that died to others. BullMQ looks for them in each worker; here the process that sweeps does this for all.
 * Where the application has set another interval, each worker looks, as it would in BullMQ; 0 is never.
 */
export class StalledLooks {
  private readonly workers: BullMqWorkerObject[] = [];
  private lookedAt = -Infinity;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly interval: number,
    private readonly failed: (partition: number, error: unknown) => void,
  ) {}

  add(worker: BullMqWorkerObject): void {
    this.workers.push(worker);
    if (this.interval === STALLED_INTERVAL || this.interval === 0) return;
    this.timer ??= whileRunning(this.interval, () => this.look()).unref();
  }

  /** Looks, unless this process did so just now. Never throws. */
  reclaim(): void {
    if (this.interval !== STALLED_INTERVAL) return;
    if (performance.now() - this.lookedAt < STALLED_INTERVAL) return;
    this.lookedAt = performance.now();
    this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    this.workers.forEach((worker, partition) => {
      worker.moveStalledJobsToWait().catch((error: unknown) => this.failed(partition, error));
    });
  }
}
