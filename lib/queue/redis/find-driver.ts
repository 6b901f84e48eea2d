import { leaveIoRedis } from '../../cache/redis/clients/leave-io-redis.js';
import { within } from '../../words/within.js';
import type { QueueDriver } from '../queue-packages.js';
import type { QueueClients } from './queue-clients.js';

/** Which driver has the queues: BullMQ leaves a key for each. Undefined where their Redis does not answer in time, in milliseconds. */
export async function findDriver(
  clients: QueueClients,
  { namespace, name }: { namespace: string; name: string },
  milliseconds: number,
): Promise<QueueDriver | undefined> {
  const client = clients.once(milliseconds);
  client.on('error', () => undefined);
  const asking = client
    .connect()
    .then(() => client.exists(`fastcounter:{${namespace}:0}::bullmq:${name}:meta`));
  try {
    if (!(await within(milliseconds, asking))) return undefined;
    return (await asking) === 1 ? 'bullmq' : 'bull';
  } catch {
    return undefined;
  } finally {
    leaveIoRedis(client);
    asking.catch(() => undefined);
  }
}
