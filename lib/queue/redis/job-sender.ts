import type { CounterCache, Wake } from '../../cache/counter-cache.js';
import type { Outages } from '../../incidents/outages.js';
import { backOff } from '../../words/back-off.js';
import { within } from '../../words/within.js';
import { serverError } from './server-error.js';

/** Pauses before a job that the queue refused is added again, in milliseconds. */
const PAUSES = { first: 500, longest: 10_000 };

/** The queues of a driver. Their answers may come late, and reject where the queue refuses. */
export interface JobPlaces {
  /** Adds a job, unless there is one of this id. `delay` is in milliseconds. */
  add(partition: number, id: string, delay: number): Promise<unknown>;
  /** Removes a job if it is delayed still. */
  removeDelayed(partition: number, id: string): Promise<unknown>;
}

/** A job to be added. */
interface Message {
  wake: Wake;
  asked: number;
}

/**
 * Adds jobs to the queues, one message a queue at a time, until the queue has it:
 *
 *     idle ──send──► adding ──► idle, or adding what was asked for meanwhile
 *                       └─ refused: pauses, then adds it again, or what was asked for meanwhile
 */
export class JobSender {
  /** Messages under way, by partition, and the one that is to be sent next. */
  private readonly sending = new Map<number, { next?: Message }>();
  private readonly sends = new Set<Promise<void>>();
  private closing = false;
  private leave: () => void = () => undefined;
  /** Settles when no message is tried again. */
  private readonly left = new Promise<void>((resolve) => {
    this.leave = resolve;
  });

  constructor(
    private readonly cache: Pick<CounterCache, 'askedFor'>,
    private readonly outages: Outages,
    private readonly jobs: JobPlaces,
  ) {}

  send(partition: number, wake: Wake): void {
    if (this.closing) return;
    const message = { wake, asked: performance.now() };
    const under = this.sending.get(partition);
    // while the queue does not answer only the last one waits: it takes the place of those before
    if (under !== undefined) under.next = message;
    else {
      const sent = this.sendAll(partition, message);
      this.sends.add(sent);
      void sent.then(() => this.sends.delete(sent));
    }
  }

  /** Waits for messages under way, at most `milliseconds`. A message that the queue refuses is not sent again. */
  async finish(milliseconds: number): Promise<void> {
    this.leave();
    await within(milliseconds, Promise.all(this.sends));
  }

  close(): void {
    this.closing = true;
    this.leave();
  }

  // close() may come while a message is under way
  private isClosing(): boolean {
    return this.closing;
  }

  /** Never rejects. */
  private async sendAll(partition: number, first: Message): Promise<void> {
    const under: { next?: Message } = { next: first };
    this.sending.set(partition, under);
    let refusals = 0;
    while (under.next !== undefined && !this.closing) {
      const message = under.next;
      under.next = undefined;
      try {
        await this.add(partition, message);
        this.outages.succeeded('queue', `jobs of ${partition}`);
        this.outages.succeeded('queue', partition);
        refusals = 0;
      } catch (error) {
        if (this.isClosing()) break;
        this.outages.failed('queue', `jobs of ${partition}`, serverError(error));
        if (await within(backOff(refusals++, PAUSES), this.left)) break;
        under.next ??= message;
      }
    }
    this.sending.delete(partition);
  }

  private async add(
    partition: number,
    { wake: { id, delay, replaces }, asked }: Message,
  ): Promise<void> {
    if (replaces !== undefined) await this.jobs.removeDelayed(partition, replaces);
    // one that was refused for a while is not late by as much
    const left = Math.max(0, Math.round(delay - (performance.now() - asked)));
    await this.jobs.add(partition, id, left);
    if (left === 0) return;
    // an earlier one was asked for meanwhile, and who made it did not find this one
    const now = await this.cache.askedFor(partition).catch(() => id);
    if (now !== id) await this.jobs.removeDelayed(partition, id);
  }
}
