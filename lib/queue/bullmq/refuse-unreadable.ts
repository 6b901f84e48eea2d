import type { QueueClient } from '../redis/queue-clients.js';
import type { BullMqQueueObject } from './bullmq-package.js';

/** Fails the job that a token holds: KEYS are those of the active and of the failed jobs. */
const REFUSE = `
local token, jobs, reason, now, kept = unpack(ARGV)
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if redis.call('GET', jobs .. id .. ':lock') == token then
    redis.call('LREM', KEYS[1], 0, id)
    redis.call('DEL', jobs .. id .. ':lock')
    redis.call('HSET', jobs .. id, 'failedReason', reason, 'finishedOn', now)
    redis.call('ZADD', KEYS[2], now, id)
  end
end
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1 - kept)) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('DEL', jobs .. id)
end
`;

/**
 * Fails a job that BullMQ took and could not read, as its options or others of its fields are no JSON: it would hand such a job
 * from worker to worker.
 */
export async function refuseUnreadable(
  client: QueueClient,
  queue: BullMqQueueObject,
  { token, reason, kept }: { token: string; reason: string; kept: number },
): Promise<void> {
  const keys = [queue.toKey('active'), queue.toKey('failed')];
  const given = [token, queue.toKey(''), reason, Date.now(), kept];
  await client.eval(REFUSE, keys.length, ...keys, ...given);
}
