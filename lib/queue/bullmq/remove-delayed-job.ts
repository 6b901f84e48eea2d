import type { QueueClient } from '../redis/queue-clients.js';
import type { BullMqQueueObject } from './bullmq-package.js';

const REMOVE = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.call('DEL', KEYS[2]) end
`;

/** Removes a job if it is delayed still. One that waits or is under way stays: it finds nothing to do. */
export async function removeDelayedJob(
  client: QueueClient,
  queue: BullMqQueueObject,
  id: string,
): Promise<void> {
  await client.eval(REMOVE, 2, queue.toKey('delayed'), queue.toKey(id), id);
}
