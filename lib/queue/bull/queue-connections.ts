import type { Queue } from 'bull';
import { whileRunning } from '../../words/deadline.js';
import { withinRunning } from '../../words/within.js';
import { LOOK, ROUND, SILENCE } from '../redis/client-watch.js';

type Connection = Queue['client'];

/** What Bull's types leave out. */
interface WorkingQueue extends Queue {
  readonly bclient: Connection;
  readonly eclient: Connection;
  readonly clientInitialized?: boolean;
  readonly subscriberInitialized?: boolean;
  readonly settings: { drainDelay: number };
}

/**
 * Connects again where Redis is silent: a connection that is open at this end alone tells nobody, and TCP takes hours
 * to find out. A process that adds jobs notices by the answers that are missing. A worker also looks by itself, as it
 * may be alone with what it misses:
 * - over the connections for commands and for notices it asks something, of one queue at a time; where the queues share them,
 *   of the first one;
 * - the connection that waits for jobs takes no question: it must answer when the time is over that it waits for.
 */
export class QueueConnections {
  private readonly queues: readonly WorkingQueue[];
  /** That have a question of ours without an answer. */
  private readonly asked = new Set<Connection>();
  /** That are given up, and wait in vain for the other end. */
  private readonly ending = new Set<Connection>();
  /** Since when a queue waits for its next job. */
  private readonly waitingSince = new Map<WorkingQueue, number>();
  private turn = 0;
  private timer?: NodeJS.Timeout;
  private closed = false;

  constructor(
    queues: readonly Queue[],
    private readonly silent: (partition: number, error: Error) => void,
    private readonly lookEvery = LOOK,
  ) {
    this.queues = queues as readonly WorkingQueue[];
  }

  /** Tells whether the queue answered in time; where it did not, this was reported, and the queue connects again. */
  async answers(queue: Queue, answer: Promise<unknown>): Promise<boolean> {
    if ((await withinRunning(SILENCE, answer)) || this.closed) return true;
    const error = new Error(`Queue ${queue.name} did not answer within ${SILENCE} ms`);
    this.silent((this.queues as readonly Queue[]).indexOf(queue), error);
    this.reconnect(queue);
    // what took this connection may have taken all
    for (const other of this.queues) if (other !== queue) this.ask(other);
    return false;
  }

  /** The queue's answer, which may come over a later connection: what had no answer is sent again. */
  async answer<Answer>(queue: Queue, answer: Promise<Answer>): Promise<Answer> {
    while (!(await this.answers(queue, answer)));
    return answer;
  }

  reconnect(queue: Queue): void {
    for (const client of queue.clients) this.renew(client);
  }

  /** Begins to look, for a process whose queues work. */
  watch(): void {
    for (const queue of this.queues) this.watchWaiting(queue);
    this.timer = whileRunning(this.lookEvery, () => this.look()).unref();
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }

  private watchWaiting(queue: WorkingQueue): void {
    const getNextJob = queue.getNextJob.bind(queue);
    let connection: Connection | undefined;
    queue.getNextJob = () => {
      const begin = (): unknown => this.waitingSince.set(queue, performance.now());
      if (connection === undefined) {
        connection = queue.bclient;
        // what waits is sent again then
        connection.on('ready', () => this.waitingSince.has(queue) && begin());
      }
      begin();
      return getNextJob().finally(() => this.waitingSince.delete(queue));
    };
  }

  private look(): void {
    // the first one asks for all that share a connection
    const asking = this.queues.filter((queue, place) => {
      return !this.queues.slice(0, place).some((other) => shareClients(other, queue));
    });
    const queue = asking[this.turn++ % Math.max(ROUND, asking.length)];
    if (queue !== undefined) this.ask(queue);
    for (const [waiting, since] of this.waitingSince) {
      const { drainDelay } = waiting.settings;
      const longest = drainDelay * 1000 + SILENCE;
      if (drainDelay > 0 && performance.now() - since > longest) this.renew(waiting.bclient);
    }
  }

  /** By commands that change nothing, and that the queues need anyway: Redis may permit this user no others. */
  private ask(queue: WorkingQueue): void {
    const { clientInitialized = false, subscriberInitialized = false } = queue;
    if (clientInitialized) {
      this.askOver(queue, queue.client, () => queue.client.exists(queue.toKey('wait')));
    }
    if (subscriberInitialized) {
      this.askOver(queue, queue.eclient, () => queue.eclient.subscribe(queue.toKey('delayed')));
    }
  }

  private askOver(queue: WorkingQueue, client: Connection, ask: () => Promise<unknown>): void {
    if (client.status !== 'ready' || this.asked.has(client)) return;
    this.asked.add(client);
    // an error is an answer too
    const answer = ask().catch(() => undefined);
    void answer.then(() => this.asked.delete(client));
    void this.answers(queue, answer);
  }

  private renew(client: Connection): void {
    // one that is being made has a deadline of its own, and would end for good
    if (this.closed || client.status !== 'ready' || this.ending.has(client)) return;
    this.ending.add(client);
    client.once('close', () => this.ending.delete(client));
    client.disconnect(true);
  }
}

/** Whether two queues have the same connection for commands, and so for notices. */
const shareClients = (one: WorkingQueue, other: WorkingQueue): boolean =>
  one.clientInitialized === true && other.clientInitialized === true && one.client === other.client;
