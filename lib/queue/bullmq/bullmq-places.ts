import { inspect } from 'node:util';
import { leaveIoRedis } from '../../cache/redis/clients/leave-io-redis.js';
import type { QueueSettings } from '../queue-settings.js';
import type { QueueClient, QueueClients } from '../redis/queue-clients.js';
import { bullMqOptions, workerOptions } from './bullmq-options.js';
import type { BullMqPackage, BullMqQueueObject, BullMqWorkerObject } from './bullmq-package.js';
import { endableWait } from './endable-wait.js';
import { readOwnJobs } from './own-jobs.js';

/** A queue, and its connection for commands. */
export interface BullMqPlace {
  readonly queue: BullMqQueueObject;
  readonly client: QueueClient;
}

/** The queues of a process, with their connections and workers: all that BullMQ makes is made here. */
export class BullMqPlaces {
  /** Clients hold the password, so none is printed. */
  readonly #places: BullMqPlace[] = [];
  readonly #waiting: QueueClient[][] = [];
  readonly #ends: (() => void)[] = [];
  readonly #settings: QueueSettings & { clients: QueueClients };
  readonly #package: BullMqPackage;

  constructor(
    private readonly names: readonly string[],
    settings: QueueSettings & { clients: QueueClients },
    bullMq: BullMqPackage,
  ) {
    this.#settings = settings;
    this.#package = bullMq;
    names.forEach((name, partition) => {
      const client = settings.clients.make(partition, 'client');
      const queue = new bullMq.Queue(name, bullMqOptions(settings, partition, client));
      conceal(queue, `Queue ${name}`);
      // who closes queues, as an application does with all of its own, would wait for a Redis that is away
      queue.close = () => Promise.resolve();
      this.#places.push({ queue, client });
      this.#waiting.push([]);
    });
  }

  /** For how long workers hold a job, and how often they prolong that, in milliseconds. */
  get lock(): { duration: number; renewed: number } {
    const duration = this.optionsOf(0).lockDuration;
    return { duration, renewed: this.#settings.settings?.lockRenewTime ?? duration / 2 };
  }

  /** Milliseconds; 0 is never. */
  get stalledInterval(): number {
    return this.#settings.settings?.stalledInterval ?? this.optionsOf(0).stalledInterval;
  }

  all(): readonly BullMqPlace[] {
    return this.#places;
  }

  has(partition: number): boolean {
    return this.#places[partition] !== undefined;
  }

  at(partition: number): BullMqPlace {
    const place = this.#places[partition];
    if (place === undefined) throw new RangeError(`There is no queue ${partition}`);
    return place;
  }

  /** A worker that begins nothing by itself. BullMQ copies the connection for one that waits for jobs: that is made here as well. */
  makeWorker(partition: number): BullMqWorkerObject {
    const { client } = this.at(partition);
    const { clients } = this.#settings;
    const own = client as { duplicate: (...given: unknown[]) => QueueClient };
    const { duplicate } = own;
    own.duplicate = () => {
      const made = clients.make(partition, 'bclient');
      this.#waiting[partition]?.push(made);
      this.#ends.push(endableWait(made));
      return made;
    };
    try {
      const name = this.names[partition] ?? '';
      const worker = new this.#package.Worker(name, null, this.optionsOf(partition));
      conceal(worker, `Worker of ${name}`);
      readOwnJobs(worker, partition);
      waitLonger(worker, this.optionsOf(partition).drainDelay);
      return worker;
    } finally {
      own.duplicate = duplicate;
    }
  }

  /** Drops the connections that wait for jobs, and ends what waits. */
  leaveWaiting(): void {
    for (const client of this.#waiting.flat()) leaveIoRedis(client);
    for (const end of this.#ends) end();
  }

  /** Of one queue, those that wait for jobs. */
  clientsOf(partition: number): readonly QueueClient[] {
    return this.#waiting[partition] ?? [];
  }

  /** All connections. */
  clients(): Set<QueueClient> {
    return new Set([...this.#places.map(({ client }) => client), ...this.#waiting.flat()]);
  }

  private optionsOf(partition: number) {
    return workerOptions(this.#settings, partition, this.at(partition).client);
  }
}

/** Who prints it sees no password. */
function conceal(object: object, text: string): void {
  Object.defineProperty(object, inspect.custom, { value: () => text });
}

/** While a job is delayed BullMQ asks every ten seconds. That job has its time, and each earlier one is told. */
function waitLonger(worker: BullMqWorkerObject, drainDelay: number): void {
  const getBlockTimeout = worker.getBlockTimeout.bind(worker);
  worker.getBlockTimeout = (blockUntil) => {
    const seconds = (blockUntil - Date.now()) / 1000;
    return Number.isFinite(blockUntil) && seconds > 1
      ? Math.min(seconds, drainDelay)
      : getBlockTimeout(blockUntil);
  };
}
