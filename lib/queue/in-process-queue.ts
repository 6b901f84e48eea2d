import type { StoreProblem } from '../cache/counter-cache.js';
import type { Wake } from '../cache/wake.js';
import type { PersistQueue, PersistRun, QueueJobs } from './persist-queue.js';
import { within } from '../words/within.js';

/** The embedded mode: timers instead of jobs, one run a partition at a time. */
export class InProcessQueue implements PersistQueue {
  /** Of each partition, the jobs that wait, by their ids. */
  private readonly timers = new Map<number, Map<string, NodeJS.Timeout>>();
  private readonly running = new Map<number, Promise<void>>();
  private run?: PersistRun;

  /** The calls may come in another order than the partition asked in: a job takes away only the one that it replaces. */
  trigger(partition: number, { id, delay, replaces }: Wake): void {
    if (this.run === undefined) return;
    const waiting = this.waitingOf(partition);
    for (const former of [replaces, id]) {
      if (former === undefined) continue;
      clearTimeout(waiting.get(former));
      waiting.delete(former);
    }
    const timer = setTimeout(() => {
      waiting.delete(id);
      this.start(partition, id);
    }, delay);
    // waiting counts must not keep a process alive: shutting down persists them
    timer.unref();
    waiting.set(id, timer);
  }

  work(run: PersistRun): void {
    this.run = run;
  }

  inspect(): Promise<StoreProblem[]> {
    return Promise.resolve([]);
  }

  jobs(partition: number): Promise<QueueJobs> {
    const active = this.running.has(partition) ? 1 : 0;
    const delayed = this.waitingOf(partition).size;
    return Promise.resolve({ waiting: 0, paused: 0, active, delayed, failed: 0 });
  }

  async close(deadline: number): Promise<void> {
    this.run = undefined;
    for (const waiting of this.timers.values()) waiting.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
    await within(deadline, Promise.all(this.running.values()));
  }

  private waitingOf(partition: number): Map<string, NodeJS.Timeout> {
    const known = this.timers.get(partition);
    if (known !== undefined) return known;
    const made = new Map<string, NodeJS.Timeout>();
    this.timers.set(partition, made);
    return made;
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
