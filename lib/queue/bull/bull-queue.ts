import type { Job, Queue } from 'bull';
import { quote } from '../../errors.js';
import type { CounterEvents } from '../../events.js';
import type { PersistQueue, PersistRun, QueueJobs } from '../persist-queue.js';
import { within } from '../within.js';

/** How long closing waits for a connection that is being made, in milliseconds. */
const CONNECTING = 2000;

/** A queue that answers nothing, or whose jobs nobody takes, for so many milliseconds is reconnected. */
const SILENCE = 5000;

/** All that a job carries; it comes back from Redis as untrusted input. */
export interface PersistJob {
  partition: number;
}

export type PersistJobQueue = Queue<PersistJob>;

/** One Bull queue a partition. */
export class BullQueue implements PersistQueue {
  private closing = false;
  /** Since when jobs wait and nobody takes them, by partition. */
  private readonly idleSince = new Map<number, number>();

  constructor(
    private readonly queues: readonly PersistJobQueue[],
    private readonly events: CounterEvents,
  ) {
    for (const queue of queues) {
      queue.on('error', (error) => this.report(error));
      queue.on('failed', (_job, error) => {
        if (!(error instanceof ForeignJobError)) this.report(error);
      });
    }
  }

  trigger(partition: number, delay: number): void {
    const queue = this.queues[partition];
    if (queue === undefined || this.closing) return;
    queue.add({ partition }, { delay }).then(
      () => this.events.succeeded('queue'),
      (error: unknown) => this.report(error),
    );
  }

  work(run: PersistRun): void {
    this.queues.forEach((queue, partition) => {
      // resolves when the queue is closed
      queue
        .process(async (job: Job<unknown>) => {
          if (!isPersistJob(job.data, partition)) {
            throw new ForeignJobError(job, partition);
          }
          const nextIn = await run(partition);
          this.events.succeeded('queue');
          if (nextIn !== undefined) this.trigger(partition, nextIn);
        })
        .catch((error: unknown) => this.report(error));
    });
  }

  async jobs(partition: number): Promise<QueueJobs> {
    const queue = this.queues[partition];
    if (queue === undefined) throw new RangeError(`There is no queue ${partition}`);
    const counts = queue.getJobCounts();
    if (!(await within(SILENCE, counts))) {
      this.reconnect(queue);
      throw new Error(`Queue ${queue.name} did not answer within ${SILENCE} ms`);
    }
    const { waiting, active, delayed, failed } = await counts;
    this.watch(partition, waiting > 0 && active === 0);
    return { waiting, active, delayed, failed };
  }

  async close(deadline: number): Promise<void> {
    this.closing = true;
    await within(Math.min(deadline, CONNECTING), this.connected());
    const closed = Promise.all(this.queues.map((queue) => queue.close()));
    if (await within(deadline, closed)) return;
    // Bull waits for ever for a connection that does not come; @nestjs/bull then waits for Bull
    for (const client of this.queues.flatMap(({ clients }) => clients)) client.disconnect();
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
