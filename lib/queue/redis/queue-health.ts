import { failureOf } from '../../cache/redis/clients/failure.js';
import { CacheUnavailableError } from '../../errors.js';
import type { Outages } from '../../incidents/outages.js';
import type { QueueJobs } from '../persist-queue.js';
import { SILENCE } from './client-watch.js';
import { serverError } from './server-error.js';

/** A worker works again when nothing was refused to it for this time, in milliseconds: drivers try every five seconds. */
const UNREFUSED = 15_000;

/** What a driver knows of its queues. */
export interface AskedQueues {
  readonly partitions: number;
  nameOf(partition: number): string;
  count(partition: number): Promise<QueueJobs>;
  /** Whether an answer came in time; where it did not, the connection is made again. */
  answers(partition: number, answer: Promise<unknown>): Promise<boolean>;
  /** Connects again where jobs wait and nobody takes them: the connection that waits for them may be open at this end alone. */
  reconnect(partition: number): void;
  /** Whether an error is about a job that another worker took over, or whose keys are gone: the queue answers. */
  isOfJob(error: unknown): boolean;
}

/** Asks the queues for their jobs, and tells outages of them and of their workers. */
export class QueueHealth {
  /** Since when jobs wait and nobody takes them, by partition. */
  private readonly idleSince = new Map<number, number>();
  /** When Redis refused a worker something, by partition. */
  private readonly refused = new Map<number, number>();
  private readonly asked = new Map<number, Promise<QueueJobs>>();

  constructor(
    private readonly queues: AskedQueues,
    private readonly outages: Outages,
  ) {}

  async jobs(partition: number): Promise<QueueJobs> {
    const counts = await this.outages.watch('queue', partition, this.patient(partition));
    this.watchIdle(partition, counts.waiting > 0 && counts.active === 0);
    return counts;
  }

  /** A worker took a job, and Redis took how it ended. */
  succeeded(partition: number): void {
    this.outages.succeeded('queue', partition);
    this.outages.succeeded('queue', workerOf(partition));
  }

  report(partition: number, error: unknown): void {
    if (this.queues.isOfJob(error)) return;
    const isRefusal = error instanceof Error && error.name === 'ReplyError';
    if (isRefusal) this.refused.set(partition, performance.now());
    const place = isRefusal ? workerOf(partition) : partition;
    this.outages.failed('queue', place, serverError(error));
  }

  /** Looks whether an outage is over. Messages that the queue refused are tried again by their sender. */
  async retry(place: string): Promise<void> {
    const partitions = Array.from({ length: this.queues.partitions }, (_, partition) => partition);
    const partition = partitions.find((it) => [String(it), workerOf(it)].includes(place));
    if (partition === undefined) return;
    await this.jobs(partition);
    const refused = this.refused.get(partition) ?? -Infinity;
    if (performance.now() - refused > UNREFUSED)
      this.outages.succeeded('queue', workerOf(partition));
  }

  /** What a queue answers to an operator. Rejects with `CacheUnavailableError` where it does not in time, or refuses. */
  async told<Answer>(partition: number, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await this.inTime(partition, answer);
    } catch (error) {
      const cause = serverError(error);
      throw new CacheUnavailableError(
        `Queue ${this.queues.nameOf(partition)} could not be asked: ${failureOf(cause)}`,
        { cause },
      );
    }
  }

  private patient(partition: number): Promise<QueueJobs> {
    return this.inTime(partition, this.counts(partition));
  }

  private async inTime<Answer>(partition: number, answer: Promise<Answer>): Promise<Answer> {
    if (await this.queues.answers(partition, answer)) return answer;
    const name = this.queues.nameOf(partition);
    throw new Error(`Queue ${name} did not answer within ${SILENCE} ms`);
  }

  /** One question a queue at a time: while it does not answer, they do not pile up. */
  private counts(partition: number): Promise<QueueJobs> {
    const asked = this.asked.get(partition);
    if (asked !== undefined) return asked;
    const counts = this.queues.count(partition).catch((error: unknown) => {
      throw serverError(error);
    });
    this.asked.set(partition, counts);
    const answered = (): boolean => this.asked.delete(partition);
    counts.then(answered, answered);
    return counts;
  }

  private watchIdle(partition: number, isIdle: boolean): void {
    const since = this.idleSince.get(partition) ?? performance.now();
    if (!isIdle) this.idleSince.delete(partition);
    else if (performance.now() - since < SILENCE) this.idleSince.set(partition, since);
    else {
      this.idleSince.delete(partition);
      this.queues.reconnect(partition);
    }
  }
}

/** Where a worker fails whose queue answers: a full Redis counts jobs, and hands none out. */
const workerOf = (partition: number): string => `worker of ${partition}`;
