import type { Queue } from 'bull';
import { type DriverTrial, onOwnKeys, trialScript } from '../redis/queue-trial.js';

/** What the scripts of Bull do with a hash, two lists, a set, a sorted set and a string, and what it sends by itself. */
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
redis.call('LLEN', KEYS[2])
redis.call('LRANGE', KEYS[2], 0, -1)
redis.call('RPOPLPUSH', KEYS[2], KEYS[3])
redis.call('LREM', KEYS[2], 0, 'a')
redis.call('SADD', KEYS[4], 'a')
redis.call('SMEMBERS', KEYS[4])
redis.call('SREM', KEYS[4], 'a')
redis.call('ZADD', KEYS[5], 1, 'a')
redis.call('ZCARD', KEYS[5])
redis.call('ZRANGE', KEYS[5], 0, 0)
redis.call('ZREVRANGE', KEYS[5], 0, 0)
redis.call('ZRANGEBYSCORE', KEYS[5], 0, 1)
redis.call('ZREMRANGEBYRANK', KEYS[5], 0, 0)
redis.call('ZREM', KEYS[5], 'a')
redis.call('SET', KEYS[6], 1)
redis.call('INCR', KEYS[6])
redis.call('GET', KEYS[6])
redis.call('EXISTS', KEYS[6])
redis.call('PUBLISH', KEYS[6], '')
redis.call('DEL', KEYS[1])
`;
const script = trialScript(SOURCE);
const kinds = ['hash', 'list', 'other', 'set', 'sorted', 'text'];

/** What Bull does with its queues, by its scripts and by itself. */
export const bullTrial = (queues: readonly Queue[]): DriverTrial => ({
  script,
  take: async (client, id) => {
    await onOwnKeys(client, queues, { id, kinds, script }, async ([, list = '', other = '']) => {
      await client.lpush(list, 'a');
      // there is one, so it does not wait
      await client.brpoplpush(list, other, 1);
      await client.multi().llen(list).exec();
    });
    // the last: a connection that subscribes takes few other commands
    await client.subscribe(queues[0]?.toKey(id) ?? id);
  },
});
