import type { StoreProblem } from '../cache/counter-cache.js';
import type { Wake } from '../cache/wake.js';
import type { PersistQueue, PersistRun, QueueJobs } from './persist-queue.js';
import { realTimers } from '../real-timers.js';
import { within } from '../words/within.js';

/** It keeps no process alive, as waiting counts must not: shutting down persists them. */
interface Timer {
  cancel(): void;
}

/** By the clock of the application, which may be a fake one: then it is cancelled by that clock, whatever came since. */
function later(delay: number, run: () => void): Timer {
  const { clearTimeout: clear } = globalThis;
  const timer = setTimeout(run, delay).unref();
  return { cancel: () => clear(timer) };
}

/** What is due must not wait for a fake clock. */
function soon(run: () => void): Timer {
  let isCancelled = false;
  realTimers.immediate(() => isCancelled || run()).unref();
  return { cancel: () => void (isCancelled = true) };
}

/** The embedded mode: timers instead of jobs, one run a partition at a time. */
export class InProcessQueue implements PersistQueue {
  /** Of each partition, the jobs that wait, by their ids. */
  private readonly timers = new Map<number, Map<string, Timer>>();
  private readonly running = new Map<number, Promise<void>>();
  private run?: PersistRun;

  /** The calls may come in another order than the partition asked in: a job takes away only the one that it replaces. */
  trigger(partition: number, { id, delay, replaces }: Wake): void {
    if (this.run === undefined) return;
    const waiting = this.waitingOf(partition);
    for (const former of [replaces, id]) {
      if (former === undefined) continue;
      waiting.get(former)?.cancel();
      waiting.delete(former);
    }
    const run = (): void => {
      waiting.delete(id);
      this.start(partition, id);
    };
    waiting.set(id, delay > 0 ? later(delay, run) : soon(run));
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
    for (const waiting of this.timers.values()) waiting.forEach((timer) => timer.cancel());
    this.timers.clear();
    await within(deadline, Promise.all(this.running.values()));
  }

  private waitingOf(partition: number): Map<string, Timer> {
    const known = this.timers.get(partition);
    if (known !== undefined) return known;
    const made = new Map<string, Timer>();
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
