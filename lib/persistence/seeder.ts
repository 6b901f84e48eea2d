import { randomUUID } from 'node:crypto';
import type { CounterCache } from '../cache/counter-cache.js';
import { CacheUnavailableError, QueueCountMismatchError } from '../errors.js';
import type { CounterEvents } from '../events.js';
import type { CounterStore } from './counter-store.js';

/**
 * Gives a partition its first fence, above every batch that the database knows. A partition accepts
 * nothing before that.
 */
export class Seeder {
  private readonly running = new Map<number, Promise<void>>();

  constructor(
    private readonly cache: CounterCache,
    private readonly store: CounterStore,
    private readonly events: CounterEvents,
    private readonly namespace: string,
    private readonly queues: number,
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
    const generation = randomUUID();
    const ledgerSeq = await this.plant(partition, generation);
    if (ledgerSeq !== undefined && ledgerSeq > 0) {
      this.events.emit('redisWiped', { partition, ledgerSeq });
    }
  }

  private async plant(partition: number, generation: string): Promise<number | undefined> {
    try {
      const ledgerSeq = await this.store.seed(partition, (seq) =>
        this.cache.seed(partition, seq, generation),
      );
      this.events.succeeded('database');
      return ledgerSeq;
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) this.events.failed('database', error);
      throw error;
    }
  }
}
