import type { Wake } from '../../lib/cache/counter-cache.js';
import type { PersistRun } from '../../lib/queue/persist-queue.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';

interface Worker {
  owner: SimulatedProcess;
  work: (partition: number, job: string) => void;
}

/** Messages between processes; it may lose, repeat and hold back any of them. */
export class QueueServer {
  /** Takes messages, and hands none out. */
  stuck = false;
  /** Answers nobody, and loses what it is given. */
  dead = false;

  private workers: Worker[] = [];
  private readonly waiting = new Map<number, string[]>();

  constructor(private readonly stage: Stage) {}

  register(worker: Worker): void {
    this.workers.push(worker);
  }

  unregister(owner: SimulatedProcess): void {
    this.workers = this.workers.filter((worker) => worker.owner !== owner);
  }

  /** A job that another takes the place of comes all the same: it must do no harm. */
  send(partition: number, { id, delay }: Wake): void {
    const { stage } = this;
    const { random, queueWeather: weather } = stage;
    if (this.dead || random.chance(weather.requestLost)) {
      stage.fault('queue: job lost');
      stage.note(() => `  queue loses the job of p${partition}`);
      return;
    }
    this.deliverIn(partition, id, delay);
    if (!random.chance(weather.duplicated)) return;
    stage.fault('queue: job repeated');
    this.deliverIn(partition, id, delay + random.exponential(20));
  }

  waitingFor(partition: number): number {
    return this.waiting.get(partition)?.length ?? 0;
  }

  /** Hands out what waited while it was stuck. */
  recover(): void {
    this.stuck = false;
    this.dead = false;
    for (const [partition, jobs] of this.waiting) {
      for (const job of jobs) this.deliverIn(partition, job, 0);
    }
    this.waiting.clear();
  }

  private deliverIn(partition: number, job: string, delay: number): void {
    const { time, random, queueWeather: weather } = this.stage;
    let late = 0.2 + random.exponential(1);
    if (random.chance(weather.slow)) {
      this.stage.fault('queue: job late');
      late = random.next() * weather.slowest;
    }
    time.after(delay + late, () => this.deliver(partition, job), undefined);
  }

  private deliver(partition: number, job: string): void {
    const { stage } = this;
    this.workers = this.workers.filter(({ owner }) => owner.alive);
    if (this.stuck || this.dead || this.workers.length === 0) {
      this.waiting.set(partition, [...(this.waiting.get(partition) ?? []), job]);
      return;
    }
    const { owner, work } = stage.random.pick(this.workers);
    stage.time.after(0, () => work(partition, job), owner);
    if (!stage.random.chance(stage.queueWeather.duplicated)) return;
    stage.fault('queue: job run twice at once');
    const second = stage.random.pick(this.workers);
    stage.time.after(stage.random.exponential(1), () => second.work(partition, job), second.owner);
  }
}

/** As a worker of the queue in one process runs its jobs. */
export function workerOf(
  owner: SimulatedProcess,
  run: PersistRun,
  trigger: (partition: number, wake: Wake) => void,
): Worker {
  const work = (partition: number, job: string): void => {
    run(partition, job).then(
      (wake) => {
        if (wake !== undefined) trigger(partition, wake);
      },
      // as a failed Bull job: the sweeper makes up for it
      () => undefined,
    );
  };
  return { owner, work };
}
