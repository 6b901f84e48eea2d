import type { CounterEvents } from '../events.js';
import type { PersistQueue, PersistRun, QueueJobs } from './persist-queue.js';
import { within } from './within.js';

/** The embedded mode: timers instead of jobs, one run a partition at a time. */
export class InProcessQueue implements PersistQueue {
  private readonly timers = new Map<number, { at: number; timer: NodeJS.Timeout }>();
  private readonly running = new Map<number, Promise<void>>();
  private run?: PersistRun;

  constructor(private readonly events: CounterEvents) {}

  trigger(partition: number, delay: number): void {
    if (this.run === undefined) return;
    const at = Date.now() + delay;
    const known = this.timers.get(partition);
    if (known !== undefined && known.at <= at) return;
    clearTimeout(known?.timer);
    const timer = setTimeout(() => {
      this.timers.delete(partition);
      this.start(partition);
    }, delay);
    // waiting counts must not keep a process alive: shutting down persists them
    timer.unref();
    this.timers.set(partition, { at, timer });
  }

  work(run: PersistRun): void {
    this.run = run;
  }

  jobs(partition: number): Promise<QueueJobs> {
    const active = this.running.has(partition) ? 1 : 0;
    const delayed = this.timers.has(partition) ? 1 : 0;
    return Promise.resolve({ waiting: 0, active, delayed, failed: 0 });
  }

  async close(deadline: number): Promise<void> {
    this.run = undefined;
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    await within(deadline, Promise.all(this.running.values()));
  }

  private start(partition: number): void {
    const { run } = this;
    if (run === undefined) return;
    const under = this.running.get(partition);
    if (under !== undefined) {
      void under.then(() => this.trigger(partition, 0));
      return;
    }
    const running = run(partition)
      .then((nextIn) => {
        this.events.succeeded('queue');
        if (nextIn !== undefined) this.trigger(partition, nextIn);
      })
      // the sweeper tries again
      .catch((error: unknown) => this.events.failed('queue', error))
      .finally(() => this.running.delete(partition));
    this.running.set(partition, running);
  }
}
