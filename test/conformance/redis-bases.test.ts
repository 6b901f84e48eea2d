import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { add, addAndTotal, Partition } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** A partition whose base of `a` is among the older ones. */
async function withOlderBase() {
  const baseTtl = 2000;
  const { cache, key } = openRedisCache(redis.url, { timings: { baseTtl } });
  const command = await redisCommands(redis.url);
  const p = await Partition.seeded(cache);
  await p.fill({ a: 5 });
  await command('HSET', key('state'), 'basesSince', String(Date.now() - baseTtl));
  await p.fill({ b: 1 });
  expect(await command('HKEYS', key('older-bases'))).toEqual(['a']);
  return { p, key, command };
}

test('a base that is older is read, and counted on', async () => {
  const { p } = await withOlderBase();
  expect(await p.parts('a')).toEqual({ base: '5' });
  const { parts } = await p.cache.look(p.index, ['b', 'c', 'a']);
  expect(parts).toEqual([{ base: '1' }, {}, { base: '5' }]);
  expect(await p.sender.outcome(addAndTotal('a', 2))).toMatchObject({ base: '5', pending: '2' });
});

test('a base that is older moves on with batches', async () => {
  const { p } = await withOlderBase();
  await p.sender.apply(add('a', 2), add('b', 3), add('c', 4));
  const values: [string, bigint][] = [
    ['a', 7n],
    ['b', 4n],
    ['c', 4n],
  ];
  await p.acknowledge(await p.claimed(), values);
  const { parts } = await p.cache.look(p.index, ['a', 'b', 'c']);
  expect(parts).toEqual([{ base: '7' }, { base: '4' }, {}]);
});

test('a base is younger or older, never both', async () => {
  const { p, key, command } = await withOlderBase();
  await p.fill({ a: 6 });
  expect(await command('EXISTS', key('older-bases'))).toBe(0);
  expect(await p.parts('a')).toEqual({ base: '6' });
});

test('bases of a rewound Redis go with the rest of it', async () => {
  const { p } = await withOlderBase();
  expect(await p.cache.park(p.index, undefined, 9, 'new')).toBe(true);
  expect((await p.cache.look(p.index, ['a', 'b'])).parts).toEqual([{}, {}]);
});

test('no more than a hundred thousand bases are kept, the latest ones', async () => {
  const { cache, key } = openRedisCache(redis.url);
  const command = await redisCommands(redis.url);
  const p = await Partition.seeded(cache);
  for (let chunk = 0; chunk < 120; chunk++) {
    await p.fill(
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${chunk}:${i}`, chunk])),
    );
  }
  expect(await command('HLEN', key('bases'))).toBe(20_000);
  expect(await command('HLEN', key('older-bases'))).toBe(50_000);
  const { parts } = await p.cache.look(p.index, ['119:0', '50:999', '49:999']);
  expect(parts).toEqual([{ base: '119' }, { base: '50' }, {}]);
});

test('a clock that goes back ends no base before its time, and keeps none for ever', async () => {
  const { p, key, command } = await withOlderBase();
  await command('HSET', key('state'), 'basesSince', String(Date.now() + 600_000));
  await p.fill({ c: 3 });
  expect((await p.cache.look(p.index, ['b', 'c'])).parts).toEqual([{ base: '1' }, { base: '3' }]);
  expect(Number(await command('HGET', key('state'), 'basesSince'))).toBeLessThanOrEqual(Date.now());
});
