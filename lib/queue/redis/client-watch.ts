import { whileRunning } from '../../words/deadline.js';
import { withinRunning } from '../../words/within.js';
import type { QueueClient } from './queue-clients.js';

/** A connection without an answer for this time, in milliseconds, may be open at this end alone. */
export const SILENCE = 5000;

/** Milliseconds between two looks of a worker, each at another connection. */
export const LOOK = 20_000;

/** Looks after which a worker asks over the same connection again, or more where there are many. */
export const ROUND = 5;

/** What is asked over a connection: a command that changes nothing, and that the queues need anyway. */
export interface Watched {
  /** For commands; several queues may have the same one. */
  readonly client: QueueClient;
  ask(): Promise<unknown>;
}

/**
 * Connects again where Redis is silent: a connection that is open at this end alone tells nobody, and TCP takes hours to
 * find out. A process that adds jobs notices by the answers that are missing; a worker also looks by itself, as it may be alone
 * with what it misses.
 */
export class ClientWatch {
  /** Clients hold the password, so none is printed. */
  readonly #queues: readonly Watched[];
  /** That have a question of ours without an answer. */
  readonly #asked = new Set<QueueClient>();
  /** That are given up, and wait in vain for the other end. */
  readonly #ending = new Set<QueueClient>();
  private turn = 0;
  private timer?: NodeJS.Timeout;
  private closed = false;

  constructor(
    queues: readonly Watched[],
    private readonly silent: (partition: number, error: Error) => void,
    private readonly lookEvery = LOOK,
  ) {
    this.#queues = queues;
  }

  /** Tells whether there was an answer in time; where there was none, this was reported, and the queue connects again. */
  async answers(partition: number, answer: Promise<unknown>): Promise<boolean> {
    if ((await withinRunning(SILENCE, answer)) || this.closed) return true;
    const error = new Error(`Queue ${partition} did not answer within ${SILENCE} ms`);
    this.silent(partition, error);
    const client = this.#queues[partition]?.client;
    if (client !== undefined) this.renew(client);
    // what took this connection may have taken all
    this.#queues.forEach((other, it) => other.client !== client && this.ask(it));
    return false;
  }

  /** The answer, which may come over a later connection: what had no answer is sent again. */
  async answer<Answer>(partition: number, answer: Promise<Answer>): Promise<Answer> {
    while (!(await this.answers(partition, answer)));
    return answer;
  }

  /** Begins to look, for a process whose queues work. */
  watch(): void {
    this.timer = whileRunning(this.lookEvery, () => this.look()).unref();
  }

  /** Connects again, unless that is under way. */
  renew(client: QueueClient): void {
    // one that is being made has a deadline of its own, and would end for good
    if (this.closed || client.status !== 'ready' || this.#ending.has(client)) return;
    this.#ending.add(client);
    client.once('close', () => this.#ending.delete(client));
    client.disconnect(true);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }

  private look(): void {
    // the first one asks for all that share a connection
    const clients = this.#queues.map(({ client }) => client);
    const asking = [...new Set(clients)].map((client) => clients.indexOf(client));
    const partition = asking[this.turn++ % Math.max(ROUND, asking.length)];
    if (partition !== undefined) this.ask(partition);
  }

  private ask(partition: number): void {
    const queue = this.#queues[partition];
    if (queue === undefined) return;
    const { client } = queue;
    if (client.status !== 'ready' || this.#asked.has(client)) return;
    this.#asked.add(client);
    // an error is an answer too
    const answer = queue.ask().catch(() => undefined);
    void answer.then(() => this.#asked.delete(client));
    void this.answers(partition, answer);
  }
}
