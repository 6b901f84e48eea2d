import { inspect } from 'node:util';
import type { Job, JobCounts, Queue } from 'bull';
import { quote } from '../../errors.js';
import type { CounterCache, Wake } from '../../cache/counter-cache.js';
import type { CounterEvents } from '../../events.js';
import type { PersistQueue, PersistRun, QueueJobs } from '../persist-queue.js';
import { within } from '../within.js';
import { removeDelayedJob } from './remove-delayed-job.js';

/** How long closing waits for a connection that is being made, in milliseconds. */
const CONNECTING = 2000;

/** How long it waits for Redis to take in how the last jobs ended. */
const FAREWELL = 500;

/** A queue that answers nothing, or whose jobs nobody takes, for so many milliseconds is reconnected. */
const SILENCE = 5000;

/** All that a job carries; it comes back from Redis as untrusted input. */
export interface PersistJob {
  partition: number;
}

export type PersistJobQueue = Queue<PersistJob>;

/** What Bull's types leave out; its connections hold the password, so none is printed. */
interface UntypedQueue extends PersistJobQueue {
  /** Workers of a queue that is closing take no job, and swallow that connections end. */
  closing?: Promise<unknown>;
  _clearTimers(): void;
  setWorkerName(): Promise<void>;
}

/** What ioredis keeps to itself. */
interface BullClient {
  readonly commandQueue: SentCommands;
  readonly offlineQueue: SentCommands;
  disconnect(): void;
}

/** Commands without an answer. */
interface SentCommands {
  toArray(): { command: { promise: Promise<unknown> } }[];
}

/** One Bull queue a partition. */
export class BullQueue implements PersistQueue {
  private closing = false;
  private readonly running = new Set<Promise<unknown>>();
  /** Since when jobs wait and nobody takes them, by partition. */
  private readonly idleSince = new Map<number, number>();
  /** Messages under way, by partition, and the one that is to be sent next. */
  private readonly sending = new Map<number, { next?: Wake }>();
  private readonly sends = new Set<Promise<void>>();
  private readonly asked = new Map<number, Promise<JobCounts>>();

  constructor(
    private readonly queues: readonly PersistJobQueue[],
    private readonly cache: Pick<CounterCache, 'askedFor'>,
    private readonly events: CounterEvents,
  ) {
    for (const queue of queues as readonly UntypedQueue[]) {
      Object.defineProperty(queue, inspect.custom, { value: () => `Queue ${queue.name}` });
      // @nestjs/bull closes queues too, in the way that `close()` avoids
      queue.close = () => Promise.resolve();
      // handled nowhere in Bull: a connection that ends in its first moments, a user without the right
      const setWorkerName = queue.setWorkerName.bind(queue);
      queue.setWorkerName = () => setWorkerName().catch((error: unknown) => this.report(error));
      queue.on('error', (error) => this.report(error));
      queue.on('failed', (_job, error) => {
        if (!(error instanceof ForeignJobError)) this.report(error);
      });
    }
  }

  trigger(partition: number, wake: Wake): void {
    const queue = this.queues[partition];
    if (queue === undefined || this.closing) return;
    const under = this.sending.get(partition);
    // while the queue does not answer only the last one waits: it takes the place of those before
    if (under !== undefined) under.next = wake;
    else {
      const sent = this.send(queue, partition, wake);
      this.sends.add(sent);
      void sent.then(() => this.sends.delete(sent));
    }
  }

  work(run: PersistRun): void {
    this.queues.forEach((queue, partition) => {
      // resolves when the queue is closed
      queue
        .process(async (job: Job<unknown>) => {
          if (!isPersistJob(job.data, partition)) {
            throw new ForeignJobError(job, partition);
          }
          const running = run(partition, String(job.id));
          this.running.add(running);
          const wake = await running.finally(() => this.running.delete(running));
          this.events.succeeded('queue');
          if (wake !== undefined) this.trigger(partition, wake);
        })
        .catch((error: unknown) => this.report(error));
    });
  }

  async jobs(partition: number): Promise<QueueJobs> {
    const queue = this.queues[partition];
    if (queue === undefined) throw new RangeError(`There is no queue ${partition}`);
    const counts = this.counts(queue, partition);
    if (!(await within(SILENCE, counts))) {
      this.reconnect(queue);
      throw new Error(`Queue ${queue.name} did not answer within ${SILENCE} ms`);
    }
    // Bull's types leave "paused" out
    const {
      waiting,
      active,
      delayed,
      failed,
      paused = 0,
    } = (await counts) as JobCounts & { paused?: number };
    this.watch(partition, waiting > 0 && active === 0);
    return { waiting, paused, active, delayed, failed };
  }

  /**
   * Waits for the jobs under way and those that they ask for, and drops the connections. `Queue.close()` connects once more and waits
   * for Redis: without one it hangs, or fails where nobody can handle it, which ends the process.
   */
  async close(deadline: number): Promise<void> {
    await within(Math.min(deadline, CONNECTING), this.connected());
    for (const queue of this.queues as readonly UntypedQueue[]) {
      queue.closing = Promise.resolve();
      queue._clearTimers();
    }
    await within(deadline, Promise.allSettled(this.running));
    await new Promise((resolve) => setImmediate(resolve));
    await within(Math.min(deadline, FAREWELL), Promise.all(this.sends));
    this.closing = true;
    // what Bull says of the last jobs goes first; without an answer they run again, which does no harm
    const answered = this.queues.map((queue) => queue.getDelayedCount());
    await within(Math.min(deadline, FAREWELL), Promise.allSettled(answered));
    const clients: unknown[] = this.queues.flatMap(({ clients }) => clients);
    for (const client of clients as BullClient[]) {
      // Bull handles no failure of some commands, and each of these is about to fail
      for (const commands of [client.commandQueue, client.offlineQueue]) {
        for (const { command } of commands.toArray()) command.promise.catch(() => undefined);
      }
      client.disconnect();
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

  /** One question a queue at a time: while it does not answer, they do not pile up. */
  private counts(queue: PersistJobQueue, partition: number): Promise<JobCounts> {
    const asked = this.asked.get(partition);
    if (asked !== undefined) return asked;
    const counts = queue.getJobCounts();
    this.asked.set(partition, counts);
    const answered = (): boolean => this.asked.delete(partition);
    counts.then(answered, answered);
    return counts;
  }

  /** Never rejects. */
  private async send(queue: PersistJobQueue, partition: number, first: Wake): Promise<void> {
    const under: { next?: Wake } = { next: first };
    this.sending.set(partition, under);
    while (under.next !== undefined && !this.closing) {
      const wake = under.next;
      under.next = undefined;
      try {
        await this.add(queue, partition, wake);
        this.events.succeeded('queue');
      } catch (error) {
        this.report(error);
      }
    }
    this.sending.delete(partition);
  }

  private async add(
    queue: PersistJobQueue,
    partition: number,
    { id, delay, replaces }: Wake,
  ): Promise<void> {
    if (replaces !== undefined) await removeDelayedJob(queue, replaces);
    await queue.add({ partition }, { delay, jobId: id });
    if (delay === 0) return;
    // an earlier one was asked for meanwhile, and who made it did not find this one
    const asked = await this.cache.askedFor(partition).catch(() => id);
    if (asked !== id) await removeDelayedJob(queue, id);
  }

  private watch(partition: number, isIdle: boolean): void {
    const since = this.idleSince.get(partition) ?? performance.now();
    if (!isIdle) this.idleSince.delete(partition);
    else if (performance.now() - since < SILENCE) this.idleSince.set(partition, since);
    else {
      this.idleSince.delete(partition);
      this.reconnect(this.queues[partition]);
    }
  }

  /** Its connections may be open at this end alone, where TCP would take hours to find out. */
  private reconnect(queue?: PersistJobQueue): void {
    if (this.closing) return;
    for (const client of queue?.clients ?? []) client.disconnect(true);
  }

  private report(error: unknown): void {
    if (!this.closing) this.events.failed('queue', withoutCommand(error));
  }
}

/** Not ours, whoever put it there: it fails, and says nothing about the queue. */
class ForeignJobError extends TypeError {
  constructor({ id, queue }: Job<unknown>, partition: number) {
    super(`Job ${quote(id)} of ${queue.name} does not name partition ${partition}`);
  }
}

/** An error of ioredis holds the command that failed: of AUTH, that is the password. */
function withoutCommand(error: unknown): unknown {
  if (typeof error === 'object' && error !== null && 'command' in error) delete error.command;
  return error;
}

function isPersistJob(data: unknown, partition: number): data is PersistJob {
  return (
    typeof data === 'object' && data !== null && 'partition' in data && data.partition === partition
  );
}
