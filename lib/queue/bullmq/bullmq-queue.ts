import { randomUUID } from 'node:crypto';
import { leaveIoRedis } from '../../cache/redis/clients/leave-io-redis.js';
import type { CounterCache, StoreProblem, Wake } from '../../cache/counter-cache.js';
import type { CounterEvents } from '../../events.js';
import { OutageProbe } from '../../incidents/outage-probe.js';
import type { Outages } from '../../incidents/outages.js';
import { within } from '../../words/within.js';
import type { PersistQueue, PersistRun, QueueJobs } from '../persist-queue.js';
import { ClientWatch, SILENCE } from '../redis/client-watch.js';
import { JobSender } from '../redis/job-sender.js';
import { ForeignJobError, isPersistJob, JOB_OPTIONS } from '../redis/persist-job.js';
import type { QueueTrial } from '../redis/queue-trial.js';
import { removeDelayedJob } from '../redis/remove-delayed-job.js';
import { expectFailures } from '../redis/queue-clients.js';
import { serverError } from '../redis/server-error.js';
import type { BullMqJob, BullMqQueueObject } from './bullmq-package.js';
import { BullMqWorker } from './bullmq-worker.js';
import type { BullMqPlace, BullMqPlaces } from './bullmq-places.js';
import { JOB_NAME } from './own-jobs.js';
import { refuseUnreadable } from './refuse-unreadable.js';
import { StalledLooks } from './stalled-looks.js';

/** How long closing waits for Redis to take in how the last jobs ended, in milliseconds. */
const FAREWELL = 500;

/** A worker works again when nothing was refused to it for this time, in milliseconds. */
const UNREFUSED = 15_000;

const STATES = ['wait', 'active', 'delayed', 'failed', 'paused'];

/** One queue of BullMQ a partition. */
export class BullMqQueue implements PersistQueue {
  private closing = false;
  private isStopping = false;
  private readonly outages: Outages;
  private readonly running = new Set<Promise<unknown>>();
  private readonly workers: BullMqWorker[] = [];
  /** Since when jobs wait and nobody takes them, by partition. */
  private readonly idleSince = new Map<number, number>();
  /** When Redis refused a worker something, by partition. */
  private readonly refused = new Map<number, number>();
  private readonly asked = new Map<number, Promise<QueueJobs>>();
  private readonly watch: ClientWatch;
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
    this.outages = outages;
    const report = (partition: number, error: unknown): void => this.report(partition, error);
    const all = places.all();
    this.watch = new ClientWatch(all.map(watched), report, lookEvery);
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
    this.probe = new OutageProbe(outages, 'queue', (place) => this.retry(place));
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
    const { queue } = this.places.at(partition);
    const counts = await this.outages.watch('queue', partition, this.patient(queue, partition));
    this.look(partition, counts.waiting > 0 && counts.active === 0);
    return counts;
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
    this.outages.succeeded('queue', partition);
    this.outages.succeeded('queue', workerOf(partition));
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

  /** Messages that the queue refused are tried again by their sender. */
  private async retry(place: string): Promise<void> {
    const partitions = [...this.places.all().keys()];
    const partition = partitions.find((it) => [String(it), workerOf(it)].includes(place));
    if (partition === undefined) return;
    await this.jobs(partition);
    const refused = this.refused.get(partition) ?? -Infinity;
    if (performance.now() - refused > UNREFUSED)
      this.outages.succeeded('queue', workerOf(partition));
  }

  private async patient(queue: BullMqQueueObject, partition: number): Promise<QueueJobs> {
    const counts = this.counts(queue, partition);
    if (await this.watch.answers(partition, counts)) return counts;
    throw new Error(`Queue ${queue.name} did not answer within ${SILENCE} ms`);
  }

  /** One question a queue at a time: while it does not answer, they do not pile up. */
  private counts(queue: BullMqQueueObject, partition: number): Promise<QueueJobs> {
    const asked = this.asked.get(partition);
    if (asked !== undefined) return asked;
    const counts = countJobs(queue).catch((error: unknown) => {
      throw serverError(error);
    });
    this.asked.set(partition, counts);
    const answered = (): boolean => this.asked.delete(partition);
    counts.then(answered, answered);
    return counts;
  }

  /** Where jobs wait for long and no worker takes them, the connection that waits for jobs may be open at this end alone. */
  private look(partition: number, isIdle: boolean): void {
    const since = this.idleSince.get(partition) ?? performance.now();
    if (!isIdle) this.idleSince.delete(partition);
    else if (performance.now() - since < SILENCE) this.idleSince.set(partition, since);
    else {
      this.idleSince.delete(partition);
      for (const client of this.places.clientsOf(partition)) this.watch.renew(client);
    }
  }

  private report(partition: number, error: unknown): void {
    if (this.closing || isOfJob(error)) return;
    const isRefusal = error instanceof Error && error.name === 'ReplyError';
    if (isRefusal) this.refused.set(partition, performance.now());
    const place = isRefusal ? workerOf(partition) : partition;
    this.outages.failed('queue', place, serverError(error));
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

/** Where a worker fails whose queue answers: a full Redis counts jobs, and hands none out. */
const workerOf = (partition: number): string => `worker of ${partition}`;

/** By what BullMQ fails over a job that it cannot read. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof SyntaxError || error instanceof TypeError;

/** What BullMQ says of a job that another took over, or whose keys are gone: the queue answers. */
const isOfJob = (error: unknown): boolean =>
  error instanceof Error &&
  /^(Missing (lock|key) for job|Lock mismatch for job|Job .{0,300} is not in the )/.test(
    error.message,
  );
