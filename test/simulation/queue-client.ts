import type { StoreProblem, Wake } from '../../lib/cache/counter-cache.js';
import type { PersistQueue, PersistRun, QueueJobs } from '../../lib/queue/persist-queue.js';
import { type QueueServer, workerOf } from './queue-server.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';

/** One process's way to the queue. */
export class QueueClient implements PersistQueue {
  private closed = false;

  constructor(
    private readonly stage: Stage,
    private readonly owner: SimulatedProcess,
    private readonly server: QueueServer,
  ) {}

  trigger(partition: number, wake: Wake): void {
    if (this.closed || !this.owner.maySend()) return;
    const { time, random } = this.stage;
    this.stage.note(() => `→ queue p${partition} job ${wake.id} in ${wake.delay}`);
    time.after(random.exponential(0.5), () => this.server.send(partition, wake), undefined);
  }

  work(run: PersistRun): void {
    const trigger = (partition: number, wake: Wake): void => this.trigger(partition, wake);
    this.server.register(workerOf(this.owner, run, trigger));
  }

  inspect(): Promise<StoreProblem[]> {
    return Promise.resolve([]);
  }

  jobs(partition: number): Promise<QueueJobs> {
    return new Promise((resolve, reject) => {
      if (!this.owner.maySend()) return;
      const answer = (): void => {
        if (this.server.dead) reject(new Error('The queue does not answer'));
        else {
          const waiting = this.server.waitingFor(partition);
          resolve({ waiting, paused: 0, active: 0, delayed: 0, failed: 0 });
        }
      };
      this.stage.time.after(this.stage.random.exponential(1), answer, this.owner);
    });
  }

  close(): Promise<void> {
    this.closed = true;
    this.server.unregister(this.owner);
    return Promise.resolve();
  }
}
