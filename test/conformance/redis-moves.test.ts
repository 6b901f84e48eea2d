import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { LATER, Partition } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

test('of many moves, all that are over are forgotten, in some sweeps, and those that are not stay', async () => {
  const { cache, key } = openRedisCache(redis.url);
  const command = await redisCommands(redis.url);
  const p = await Partition.seeded(cache);
  const mark = (prefix: string, lasting: number) =>
    Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        cache.move(p.index, { counter: `${prefix}${index}`, to: 'to', lasting }),
      ),
    );
  await mark('lasting', LATER);
  await mark('over', 0);
  for (let sweep = 0; sweep < 30; sweep++) await cache.sweep(p.index);
  expect(await command('HLEN', key('moves'))).toBe(1000);
  // it goes round
  await mark('later', 0);
  for (let sweep = 0; sweep < 30; sweep++) await cache.sweep(p.index);
  expect(await command('HLEN', key('moves'))).toBe(1000);
});
