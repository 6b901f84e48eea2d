import type { StoreProblem } from '../cache/counter-cache.js';
import type { Wake } from '../cache/wake.js';
import type { PersistQueue, PersistRun, QueueJobs } from './persist-queue.js';
import { within } from '../words/within.js';

/** The embedded mode: timers instead of jobs, one run a partition at a time. */
export class InProcessQueue implements PersistQueue {
  private readonly timers = new Map<number, NodeJS.Timeout>();
  private readonly running = new Map<number, Promise<void>>();
  private run?: PersistRun;

  trigger(partition: number, { id, delay }: Wake): void {
    if (this.run === undefined) return;
    // what is asked for takes the place of what was
    clearTimeout(this.timers.get(partition));
    const timer = setTimeout(() => {
      this.timers.delete(partition);
      this.start(partition, id);
    }, delay);
    // waiting counts must not keep a process alive: shutting down persists them
    timer.unref();
    this.timers.set(partition, timer);
  }

  work(run: PersistRun): void {
    this.run = run;
  }

  inspect(): Promise<StoreProblem[]> {
    return Promise.resolve([]);
  }

  jobs(partition: number): Promise<QueueJobs> {
    const active = this.running.has(partition) ? 1 : 0;
    const delayed = this.timers.has(partition) ? 1 : 0;
    return Promise.resolve({ waiting: 0, paused: 0, active, delayed, failed: 0 });
  }

  async close(deadline: number): Promise<void> {
    this.run = undefined;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    await within(deadline, Promise.all(this.running.values()));
  }

  private start(partition: number, job: string): void {
    const { run } = this;
    if (run === undefined) return;
    const under = this.running.get(partition);
    if (under !== undefined) {
      void under.then(() => this.start(partition, job));
      return;
    }
    const running = run(partition, job)
      .then((wake) => {
        if (wake !== undefined) this.trigger(partition, wake);
      })
      // told where it happened; the sweeper tries again
      .catch(() => undefined)
      .finally(() => this.running.delete(partition));
    this.running.set(partition, running);
  }
}
