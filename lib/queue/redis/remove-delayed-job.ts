import type { QueueClient } from './queue-clients.js';

const REMOVE = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.call('DEL', KEYS[2]) end
`;

/**
 * Removes a job if it is delayed still. One that waits or is under way stays: it finds nothing to do.
 * `Job.remove()` of Bull also removes what a worker has taken and not locked yet. The worker then fails for
 * lack of data, and leaves a job behind that is in no list.
 */
export async function removeDelayedJob(
  client: Pick<QueueClient, 'eval'>,
  queue: { toKey(part: string): string },
  id: string,
): Promise<void> {
  await client.eval(REMOVE, 2, queue.toKey('delayed'), queue.toKey(id), id);
}
