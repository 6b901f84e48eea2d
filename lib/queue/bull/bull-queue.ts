import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { Job, JobCounts } from 'bull';
import { leaveIoRedis } from '../../cache/redis/clients/leave-io-redis.js';
import type { CounterCache, StoreProblem, Wake } from '../../cache/counter-cache.js';
import type { CounterEvents } from '../../events.js';
import { OutageProbe } from '../../incidents/outage-probe.js';
import type { PersistQueue, PersistRun, QueueJobs } from '../persist-queue.js';
import { within } from '../../words/within.js';
import { JobSender } from '../redis/job-sender.js';
import { expectFailures } from '../redis/queue-clients.js';
import { ForeignJobError, isPersistJob } from '../redis/persist-job.js';
import { QueueHealth } from '../redis/queue-health.js';
import type { QueueTrial } from '../redis/queue-trial.js';
import { bullJobs, queueOf } from './bull-jobs.js';
import { readOwnJobs } from './own-jobs.js';
import type { PersistJobQueue } from './persist-job.js';
import { QueueConnections } from './queue-connections.js';
import { StalledJobs } from './stalled-jobs.js';

/** How long closing waits for a connection that is being made, in milliseconds. */
const CONNECTING = 2000;

/** How long it waits for Redis to take in how the last jobs ended. */
const FAREWELL = 500;

/** What Bull's types leave out; its connections hold the password, so none is printed. */
interface UntypedQueue extends PersistJobQueue {
  /** Workers of a queue that is closing take no job, and swallow that connections end. */
  closing?: Promise<unknown>;
  _clearTimers(): void;
  setWorkerName(): Promise<void>;
}

/** One Bull queue a partition. */
export class BullQueue implements PersistQueue {
  private closing = false;
  private readonly running = new Set<Promise<unknown>>();
  private readonly connections: QueueConnections;
  private readonly sender: JobSender;
  private readonly probe: OutageProbe;
  private readonly health: QueueHealth;
  private readonly stalled: StalledJobs;

  constructor(
    private readonly queues: readonly PersistJobQueue[],
    cache: Pick<CounterCache, 'askedFor'>,
    { outages }: CounterEvents,
    private readonly trial?: QueueTrial,
    lookEvery?: number,
  ) {
    this.stalled = new StalledJobs(queues);
    const silent = (partition: number, error: Error): void => this.report(partition, error);
    this.connections = new QueueConnections(queues, silent, lookEvery);
    this.health = new QueueHealth(
      {
        partitions: queues.length,
        nameOf: (partition) => queueOf(queues, partition).name,
        count: (partition) => countJobs(queueOf(queues, partition)),
        answers: (partition, answer) =>
          this.connections.answers(queueOf(queues, partition), answer),
        reconnect: (partition) => this.connections.reconnect(queueOf(queues, partition)),
        isOfJob,
      },
      outages,
    );
    this.sender = new JobSender(cache, outages, bullJobs(queues, this.connections));
    this.probe = new OutageProbe(outages, 'queue', (place) => this.health.retry(place));
    this.probe.start();
    (queues as readonly UntypedQueue[]).forEach((queue, partition) => {
      Object.defineProperty(queue, inspect.custom, { value: () => `Queue ${queue.name}` });
      // @nestjs/bull closes queues too, in the way that `close()` avoids
      queue.close = () => Promise.resolve();
      // handled nowhere in Bull: a connection that ends in its first moments, a user without the right
      const setWorkerName = queue.setWorkerName.bind(queue);
      const report = (error: unknown): void => this.report(partition, error);
      queue.setWorkerName = () => setWorkerName().catch(report);
      // a job that failed is none of these: its run has told why, or it is not ours
      queue.on('error', report);
    });
  }

  trigger(partition: number, wake: Wake): void {
    if (this.queues[partition] === undefined || this.closing) return;
    this.sender.send(partition, wake);
  }

  work(run: PersistRun): void {
    this.queues.forEach((queue, partition) => {
      readOwnJobs(queue, partition);
      // resolves when the queue is closed
      queue
        .process(async (job: Job<unknown>) => {
          if (!isPersistJob(job.data, partition)) {
            throw new ForeignJobError(job.id, queue.name, partition);
          }
          // taken as this began to close, which waits for runs that had begun: Redis would go under it
          if ((queue as UntypedQueue).closing !== undefined) {
            this.trigger(partition, { id: randomUUID(), delay: 0 });
            return;
          }
          const running = run(partition, String(job.id));
          this.running.add(running);
          const wake = await running.finally(() => this.running.delete(running));
          this.health.succeeded(partition);
          if (wake !== undefined) this.trigger(partition, wake);
        })
        .catch((error: unknown) => this.report(partition, error));
    });
    this.connections.watch();
  }

  inspect(): Promise<StoreProblem[]> {
    return this.trial?.look() ?? Promise.resolve([]);
  }

  reclaim(): void {
    if (!this.closing) this.stalled.reclaim();
  }

  async jobs(partition: number): Promise<QueueJobs> {
    queueOf(this.queues, partition);
    return this.health.jobs(partition);
  }

  async isPaused(partition: number): Promise<boolean> {
    return this.health.told(partition, queueOf(this.queues, partition).isPaused());
  }

  async resume(partition: number): Promise<void> {
    await this.health.told(partition, queueOf(this.queues, partition).resume());
  }

  /**
   * Waits for the jobs under way and those that they ask for, and drops the connections. `Queue.close()` connects once more and waits
   * for Redis: without one it hangs, or fails where nobody can handle it, which ends the process.
   */
  async close(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    const left = (most = milliseconds): number =>
      Math.max(0, Math.min(most, end - performance.now()));
    this.probe.stop();
    this.trial?.close();
    await within(left(CONNECTING), this.connected());
    for (const queue of this.queues as readonly UntypedQueue[]) {
      queue.closing = Promise.resolve();
      queue._clearTimers();
    }
    await within(left(), Promise.allSettled(this.running));
    await new Promise((resolve) => setImmediate(resolve));
    await this.sender.finish(left(FAREWELL));
    this.closing = true;
    this.sender.close();
    this.connections.close();
    // what Bull says of the last jobs goes first; without an answer they run again, which does no harm
    // a queue that never connected has none, and would connect for the question
    const connected = this.queues.filter((queue) => queue.clients.length > 0);
    const answered = connected.map((queue) => queue.getDelayedCount());
    await within(left(FAREWELL), Promise.allSettled(answered));
    for (const client of new Set(this.queues.flatMap(({ clients }) => clients))) {
      expectFailures(client);
      leaveIoRedis(client);
    }
  }

  /** Bull's workers fail, unhandled, when a connection ends before it was ready. */
  private async connected(): Promise<void> {
    const clients = this.queues.flatMap((queue) => queue.clients);
    await Promise.all(
      clients
        .filter(({ status }) => status === 'connecting' || status === 'connect')
        .map((client) => new Promise((resolve) => client.once('ready', resolve))),
    );
    // their own listeners of the same event go first
    await new Promise((resolve) => setImmediate(resolve));
  }

  private report(partition: number, error: unknown): void {
    if (!this.closing) this.health.report(partition, error);
  }
}

async function countJobs(queue: PersistJobQueue): Promise<QueueJobs> {
  // Bull's types leave "paused" out
  const counts = (await queue.getJobCounts()) as JobCounts & { paused?: number };
  const { waiting, active, delayed, failed, paused = 0 } = counts;
  return { waiting, paused, active, delayed, failed };
}

/** What Bull says of a job that another took over, or whose keys are gone: the queue answers. */
const isOfJob = (error: unknown): boolean =>
  error instanceof Error && /^(Missing (lock|key) for job|job stalled)/.test(error.message);
