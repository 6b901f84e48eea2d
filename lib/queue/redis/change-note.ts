import type { QueueClients } from './queue-clients.js';
import { withClient } from './namespace-keys.js';

/** A change of the number of queues that was begun. */
export interface ChangeNote {
  /** The number that it is about to be. */
  queues: number;
  /** The number that it was. */
  before: number;
  /** Which database it is. */
  database: string;
  /** Whether all that Redis and the ledger had of the former number is removed. */
  isRemoved: boolean;
}

/** Notes in Redis that the number of queues is being changed: where that breaks off, another run goes on. */
export class ChangeNotes {
  /** Among the keys of the namespace, which are removed: this one is the last. */
  readonly key: string;

  constructor(
    private readonly clients: QueueClients,
    namespace: string,
    private readonly timeout: number,
  ) {
    this.key = `fastcounter:{${namespace}:0}::queues-set`;
  }

  read(): Promise<ChangeNote | undefined> {
    return withClient(this.clients, this.timeout, 'read', async (client) => {
      const { queues, before, database = '', removed } = await client.hgetall(this.key);
      if (queues === undefined) return undefined;
      const isRemoved = removed === '1';
      return { queues: Number(queues), before: Number(before), database, isRemoved };
    });
  }

  async write({ queues, before, database, isRemoved }: ChangeNote): Promise<void> {
    const removed = isRemoved ? '1' : '0';
    const fields = { queues, before, database, removed };
    await withClient(this.clients, this.timeout, 'written', (client) =>
      client.hset(this.key, fields),
    );
  }

  async remove(): Promise<void> {
    await withClient(this.clients, this.timeout, 'removed', (client) => client.del(this.key));
  }
}
