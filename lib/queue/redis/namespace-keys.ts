import { Cluster } from 'ioredis';
import { leaveIoRedis } from '../../cache/redis/clients/leave-io-redis.js';
import { CacheUnavailableError } from '../../errors.js';
import { failureOf } from '../../cache/redis/clients/failure.js';
import type { QueueClient, QueueClients } from './queue-clients.js';

/** Keys of one answer, about. */
const PAGE = 500;

/**
 * Looks for every key of a namespace, on each primary, and removes them where `remove` says so, but for one. Answers how many there were.
 * Needs a user who may SCAN. Rejects with `CacheUnavailableError`.
 */
export function namespaceKeys(
  clients: QueueClients,
  namespace: string,
  { remove, timeout, but }: { remove: boolean; timeout: number; but?: string | undefined },
): Promise<number> {
  return withClient(clients, timeout, remove ? 'removed' : 'listed', async (client) => {
    const servers = client instanceof Cluster ? client.nodes('master') : [client];
    let found = 0;
    for (const server of servers) {
      let cursor = '0';
      do {
        const pattern = `fastcounter:{${namespace}:*`;
        const [next, all] = await server.scan(cursor, 'MATCH', pattern, 'COUNT', PAGE);
        const keys = all.filter((key) => key !== but);
        cursor = next;
        found += keys.length;
        if (remove) await unlink(client, keys);
      } while (cursor !== '0');
    }
    return found;
  });
}

/** With a connection of its own. Rejects with `CacheUnavailableError`, by what could not be done with keys of the namespace. */
export async function withClient<Answer>(
  clients: QueueClients,
  timeout: number,
  what: string,
  run: (client: QueueClient) => Promise<Answer>,
): Promise<Answer> {
  const client = clients.once(timeout);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await run(client);
  } catch (cause) {
    throw new CacheUnavailableError(
      `The keys of the namespace could not be ${what}: ${failureOf(cause)}`,
      { cause },
    );
  } finally {
    leaveIoRedis(client);
  }
}

/** One by one: on a cluster they are in several slots. */
async function unlink(client: QueueClient, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => client.unlink(key)));
}
