import { randomUUID } from 'node:crypto';
import type { CounterCache } from '../cache/counter-cache.js';
import { CacheUnavailableError, QueueCountMismatchError } from '../errors.js';
import type { CounterStore } from './counter-store.js';
import type { LossReporter } from './loss-reporter.js';

/** Reservations of others in a row that may come before a seeder's own is made the fence. */
const ATTEMPTS = 20;

/**
 * Gives a partition its first fence, above every batch that the database knows. A partition accepts
 * nothing before that.
 *
 *     reserve (under the ledger's lock) ──► commit to the ledger ──► seed, unless another reserved since
 *
 * So a fence is never above its ledger, and never below: what was reserved and not committed, or
 * overtaken, does not become one.
 */
export class Seeder {
  private readonly running = new Map<number, Promise<void>>();

  constructor(
    private readonly cache: CounterCache,
    private readonly store: CounterStore,
    private readonly namespace: string,
    private readonly queues: number,
    private readonly losses: LossReporter,
  ) {}

  /** Repeatable, and shared by all who ask while it runs. */
  seed(partition: number): Promise<void> {
    let running = this.running.get(partition);
    if (running === undefined) {
      running = this.run(partition).finally(() => this.running.delete(partition));
      this.running.set(partition, running);
    }
    return running;
  }

  /**
   * Rejects when the namespace was started with another number of queues. Partition 0 exists for
   * every number: it is seeded first and remembers it.
   */
  async checkQueues(): Promise<void> {
    const { queues } = await this.cache.sweep(0);
    if (queues !== undefined && queues !== this.queues) throw this.mismatch(queues);
  }

  /** Rejects what was seen of a partition that was seeded for another number of queues. */
  async expectQueues(queues: number | undefined): Promise<void> {
    // an unseeded partition may be one of too many
    if (queues === undefined) await this.checkQueues();
    else if (queues !== this.queues) throw this.mismatch(queues);
  }

  mismatch(queues: number): QueueCountMismatchError {
    return new QueueCountMismatchError(
      `Option "queue.count" is ${this.queues}, but namespace "${this.namespace}" counts on ${queues} queues, ` +
        `and counters would change their queue. To change the number: stop every process but one with queue.count ${queues}, ` +
        `call flush() there and stop it, delete the Redis keys "fastcounter:{${this.namespace}:*", then start with the new number`,
    );
  }

  private async run(partition: number): Promise<void> {
    if (partition !== 0) {
      await this.checkQueues();
      await this.seed(0);
      await this.checkQueues();
    }
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const generation = await this.reserve(partition);
      if (generation === undefined) return;
      if (await this.cache.seed(partition, generation)) {
        await this.losses.reportFound(partition);
        return;
      }
    }
    throw new CacheUnavailableError(
      `Partition ${partition} was not seeded: others reserved it ${ATTEMPTS} times in a row`,
    );
  }

  /** Undefined when the partition is seeded. */
  private reserve(partition: number): Promise<string | undefined> {
    return this.store.seed(partition, (ledger) =>
      this.cache.reserve(partition, ledger, randomUUID()),
    );
  }
}
