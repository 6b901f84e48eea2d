import { randomUUID } from 'node:crypto';
import { leaveIoRedis } from '../../cache/redis/clients/leave-io-redis.js';
import type { CounterCache, StoreProblem, Wake } from '../../cache/counter-cache.js';
import type { CounterEvents } from '../../events.js';
import { OutageProbe } from '../../incidents/outage-probe.js';
import { within } from '../../words/within.js';
import type { PersistQueue, PersistRun, QueueJobs } from '../persist-queue.js';
import { ClientWatch } from '../redis/client-watch.js';
import { JobSender } from '../redis/job-sender.js';
import { ForeignJobError, isPersistJob, JOB_OPTIONS } from '../redis/persist-job.js';
import { QueueHealth } from '../redis/queue-health.js';
import type { QueueTrial } from '../redis/queue-trial.js';
import { removeDelayedJob } from '../redis/remove-delayed-job.js';
import { expectFailures } from '../redis/queue-clients.js';
import type { BullMqJob, BullMqQueueObject } from './bullmq-package.js';
import { BullMqWorker } from './bullmq-worker.js';
import type { BullMqPlace, BullMqPlaces } from './bullmq-places.js';
import { JOB_NAME } from './own-jobs.js';
import { refuseUnreadable } from './refuse-unreadable.js';
import { StalledLooks } from './stalled-looks.js';

/** How long closing waits for Redis to take in how the last jobs ended, in milliseconds. */
const FAREWELL = 500;

const STATES = ['wait', 'active', 'delayed', 'failed', 'paused'];

/** One queue of BullMQ a partition. */
export class BullMqQueue implements PersistQueue {
  private closing = false;
  private isStopping = false;
  private readonly running = new Set<Promise<unknown>>();
  private readonly workers: BullMqWorker[] = [];
  private readonly watch: ClientWatch;
  private readonly health: QueueHealth;
  private readonly sender: JobSender;
  private readonly probe: OutageProbe;
  private readonly stalled: StalledLooks;

  constructor(
    private readonly places: BullMqPlaces,
    cache: Pick<CounterCache, 'askedFor'>,
    { outages }: CounterEvents,
    private readonly trial?: QueueTrial,
    lookEvery?: number,
  ) {
    const report = (partition: number, error: unknown): void => this.report(partition, error);
    const all = places.all();
    this.watch = new ClientWatch(all.map(watched), report, lookEvery);
    this.health = new QueueHealth(
      {
        partitions: all.length,
        nameOf: (partition) => places.at(partition).queue.name,
        count: (partition) => countJobs(places.at(partition).queue),
        answers: (partition, answer) => this.watch.answers(partition, answer),
        reconnect: (partition) => {
          for (const client of places.clientsOf(partition)) this.watch.renew(client);
        },
        isOfJob,
      },
      outages,
    );
    this.sender = new JobSender(cache, outages, {
      add: (partition, jobId, delay) => {
        const { queue } = places.at(partition);
        const added = queue.add(JOB_NAME, { partition }, { ...JOB_OPTIONS, jobId, delay });
        return this.watch.answer(partition, added);
      },
      removeDelayed: (partition, id) => {
        const { client, queue } = places.at(partition);
        return this.watch.answer(partition, removeDelayedJob(client, queue, id));
      },
    });
    this.probe = new OutageProbe(outages, 'queue', (place) => this.health.retry(place));
    this.probe.start();
    this.stalled = new StalledLooks(places.stalledInterval, report);
    all.forEach(({ queue }, partition) => {
      queue.on('error', (error: unknown) => report(partition, error));
    });
  }

  trigger(partition: number, wake: Wake): void {
    if (this.closing || !this.places.has(partition)) return;
    this.sender.send(partition, wake);
  }

  work(run: PersistRun): void {
    this.places.all().forEach((place, partition) => {
      const object = this.places.makeWorker(partition);
      object.on('error', (error: unknown) => this.report(partition, error));
      const handler = {
        run: (job: BullMqJob) => this.run(run, place.queue, partition, job),
        failed: (error: unknown, token: string) => this.failed(partition, error, token),
      };
      const worker = new BullMqWorker(object, handler, this.places.lock);
      this.workers.push(worker);
      this.stalled.add(object);
      worker.start();
    });
    this.watch.watch();
  }

  inspect(): Promise<StoreProblem[]> {
    return this.trial?.look() ?? Promise.resolve([]);
  }

  reclaim(): void {
    if (!this.isStopping) this.stalled.reclaim();
  }

  async jobs(partition: number): Promise<QueueJobs> {
    this.places.at(partition);
    return this.health.jobs(partition);
  }

  async isPaused(partition: number): Promise<boolean> {
    return this.health.told(partition, this.places.at(partition).queue.isPaused());
  }

  async resume(partition: number): Promise<void> {
    await this.health.told(partition, this.places.at(partition).queue.resume());
  }

  /** Waits for the jobs under way and those that they ask for, and drops the connections: BullMQ would wait for a Redis that is away. */
  async close(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    const left = (most = milliseconds): number =>
      Math.max(0, Math.min(most, end - performance.now()));
    this.isStopping = true;
    this.probe.stop();
    this.trial?.close();
    this.stalled.stop();
    for (const worker of this.workers) worker.stop();
    this.places.leaveWaiting();
    await within(left(), Promise.allSettled(this.running));
    await new Promise((resolve) => setImmediate(resolve));
    await this.sender.finish(left(FAREWELL));
    this.closing = true;
    this.sender.close();
    // without an answer the last jobs run again, which does no harm
    await within(left(FAREWELL), Promise.all(this.workers.map((worker) => worker.finished())));
    this.watch.close();
    for (const client of this.places.clients()) {
      expectFailures(client);
      leaveIoRedis(client);
    }
  }

  private async run(
    run: PersistRun,
    queue: BullMqQueueObject,
    partition: number,
    job: BullMqJob,
  ): Promise<void> {
    if (!isPersistJob(job.data, partition)) {
      throw new ForeignJobError(job.id, queue.name, partition);
    }
    // taken as this began to close, which waits for runs that had begun: Redis would go under it
    if (this.isStopping) {
      this.trigger(partition, { id: randomUUID(), delay: 0 });
      return;
    }
    const running = run(partition, String(job.id));
    this.running.add(running);
    const wake = await running.finally(() => this.running.delete(running));
    this.health.succeeded(partition);
    if (wake !== undefined) this.trigger(partition, wake);
  }

  /** Never rejects. */
  private async failed(partition: number, error: unknown, token: string): Promise<void> {
    if (this.closing) return;
    if (!isUnreadable(error)) {
      this.report(partition, error);
      return;
    }
    const { client, queue } = this.places.at(partition);
    const { message: reason } = new ForeignJobError('', queue.name, partition);
    await refuseUnreadable(client, queue, { token, reason, kept: JOB_OPTIONS.removeOnFail }).catch(
      (refusal: unknown) => this.report(partition, refusal),
    );
  }

  private report(partition: number, error: unknown): void {
    if (!this.closing) this.health.report(partition, error);
  }
}

const watched = ({ client, queue }: BullMqPlace) => ({
  client,
  ask: () => client.exists(queue.toKey('wait')),
});

/** Of a queue that is paused, version 5 has the jobs in a list of their own, and version 6 among those that wait. */
async function countJobs(queue: BullMqQueueObject): Promise<QueueJobs> {
  const [counts, isPaused] = await Promise.all([queue.getJobCounts(...STATES), queue.isPaused()]);
  const { wait = 0, active = 0, delayed = 0, failed = 0, paused = 0 } = counts;
  const waiting = isPaused ? 0 : wait;
  return { waiting, paused: isPaused ? paused + wait : paused, active, delayed, failed };
}

/** By what BullMQ fails over a job that it cannot read. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof SyntaxError || error instanceof TypeError;

/** What BullMQ says of a job that another took over, or whose keys are gone: the queue answers. */
const isOfJob = (error: unknown): boolean =>
  error instanceof Error &&
  /^(Missing (lock|key) for job|Lock mismatch for job|Job .{0,300} is not in the )/.test(
    error.message,
  );
