import { type DriverTrial, onOwnKeys, trialScript } from '../redis/queue-trial.js';
import type { BullMqPlace } from './bullmq-places.js';

/** What the scripts of BullMQ 5 and 6 do with jobs as ours: with hashes, lists, sets, sorted sets, a text and a stream. */
const SOURCE = `
redis.call('HSET', KEYS[1], 'a', 1)
redis.call('HMSET', KEYS[1], 'b', 2)
redis.call('HINCRBY', KEYS[1], 'a', 1)
redis.call('HGET', KEYS[1], 'a')
redis.call('HMGET', KEYS[1], 'a', 'b')
redis.call('HGETALL', KEYS[1])
redis.call('HDEL', KEYS[1], 'b')
redis.call('LPUSH', KEYS[2], 'a')
redis.call('RPUSH', KEYS[2], 'b')
redis.call('LINDEX', KEYS[2], -1)
redis.call('LLEN', KEYS[2])
redis.call('LRANGE', KEYS[2], 0, -1)
redis.call('RPOPLPUSH', KEYS[2], KEYS[3])
redis.call('LREM', KEYS[2], 0, 'c')
redis.call('RPOP', KEYS[2])
redis.call('SADD', KEYS[4], 'a')
redis.call('SCARD', KEYS[4])
redis.call('SMEMBERS', KEYS[4])
redis.call('SREM', KEYS[4], 'a')
redis.call('ZADD', KEYS[5], 1, 'a')
redis.call('ZCARD', KEYS[5])
redis.call('ZSCORE', KEYS[5], 'a')
redis.call('ZRANGE', KEYS[5], 0, 0)
redis.call('ZREVRANGE', KEYS[5], 0, 0)
redis.call('ZRANGEBYSCORE', KEYS[5], 0, 1)
redis.call('ZREVRANGEBYSCORE', KEYS[5], 1, 0)
redis.call('ZREMRANGEBYRANK', KEYS[5], 1, 1)
redis.call('ZREM', KEYS[5], 'c')
redis.call('ZPOPMIN', KEYS[5])
redis.call('SET', KEYS[6], 1)
redis.call('INCR', KEYS[6])
redis.call('GET', KEYS[6])
redis.call('EXISTS', KEYS[6])
redis.call('PTTL', KEYS[6])
redis.call('XADD', KEYS[7], '*', 'a', 1)
redis.call('XTRIM', KEYS[7], 'MAXLEN', 1)
redis.call('DEL', KEYS[1])
`;
const script = trialScript(SOURCE);
const kinds = ['hash', 'list', 'other', 'set', 'sorted', 'text', 'stream'];

/** What BullMQ does with its queues, by its scripts and by itself. */
export const bullMqTrial = (places: readonly BullMqPlace[]): DriverTrial => ({
  script,
  take: (client, id) => {
    const queues = places.map(({ queue }) => queue);
    return onOwnKeys(client, queues, { id, kinds, script }, async (keys) => {
      const [hash = '', , , , sorted = ''] = keys;
      await client.hexists(hash, 'paused');
      await client.zadd(sorted, 1, 'a');
      // there is one, so it does not wait
      await client.bzpopmin(sorted, 1);
    });
  },
});
