import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApplication } from '../support/application.js';
import { keyTypes, openRedisCache, redisCommands, userCache } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { DELICATE_NAMES } from './names.js';
import { add, LATER, MAX, Partition, remove } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  const command = await redisCommands(redis.url);
  await command('FLUSHALL');
});
afterAll(() => redis.stop());

/** Leaves something under every key that a partition can have. */
async function fillPartition(p: Partition): Promise<void> {
  await p.sender.apply(add('a'), add('b'), add('left out'));
  const batch = await p.claimed();
  await p.acknowledge(batch, [['a', MAX]], ['left out']);
  await p.sender.apply(add('b'));
  await p.claimed();
  await p.sender.apply(add('c'));
  await p.cache.park(p.index, undefined, 100, 'second');
  await p.join();
  for (const name of DELICATE_NAMES) await p.warm(name, 1);
  await p.fill({ large: MAX });
  await p.sender.apply(...DELICATE_NAMES.map((name) => add(name)));
  await p.claimed();
  await p.sender.apply(add('d', 1, { idempotencyKey: 'k' }), remove('a', { interval: LATER }));
}

const isCached = (key: string): boolean => /::(older-)?bases$/.test(key);

describe('the Redis keys of a partition', () => {
  test('all contain a double colon, and none is a string', async () => {
    const { cache, key } = openRedisCache(redis.url);
    const command = await redisCommands(redis.url);
    await fillPartition(await Partition.seeded(cache));
    const types = await keyTypes(command);
    const parts = ['state', 'pending', 'due', 'batch', 'clients', 'deleted', 'large'];
    const aside = ['idempotency', 'idempotency-due', 'overflowed', 'parked'];
    expect([...types.keys()]).toEqual(expect.arrayContaining([...parts, ...aside].map(key)));
    for (const [name, type] of types) {
      expect(name).toContain('::');
      expect(type, name).not.toBe('string');
    }
  });

  test('share one hash tag, whatever the counters are called', async () => {
    const { cache, key } = openRedisCache(redis.url);
    const command = await redisCommands(redis.url);
    await fillPartition(await Partition.seeded(cache));
    const foreign = [...(await keyTypes(command)).keys()].filter((it) => !it.startsWith(key('')));
    expect(foreign).toEqual([]);
  });

  test('only cached values expire, and all of them', async () => {
    const { cache } = openRedisCache(redis.url);
    const command = await redisCommands(redis.url);
    await fillPartition(await Partition.seeded(cache));
    for (const name of (await keyTypes(command)).keys()) {
      expect(Number(await command('PTTL', name)) > 0, name).toBe(isCached(name));
    }
  });

  test('are gone when everything is persisted and expired, but for what must be remembered', async () => {
    const { cache, key } = openRedisCache(redis.url, { timings: { baseTtl: 20 } });
    const command = await redisCommands(redis.url);
    const p = await Partition.seeded(cache);
    await p.fill(Object.fromEntries(DELICATE_NAMES.map((name) => [name, 1])));
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name)));
    await p.drained();
    await expect
      .poll(async () => [...(await keyTypes(command)).keys()])
      .toEqual([key('clients'), key('pending'), key('state')]);
  });
});

describe('clear() of a cache on the same Redis', () => {
  test.each([
    ['without a namespace', undefined],
    ['with a namespace', 'mine'],
  ])('takes nothing, %s', async (_, namespace) => {
    const command = await redisCommands(redis.url);
    const p = await Partition.seeded(openRedisCache(redis.url).cache);
    await fillPartition(p);
    const before = await keyTypes(command);
    const counted = await p.cache.look(0, [...DELICATE_NAMES, 'd']);
    const cache = userCache(redis.url, namespace);
    await cache.set('of the user', 1);
    expect((await keyTypes(command)).size).toBe(before.size + 1);

    await cache.clear();
    const after = await keyTypes(command);
    expect(after).toEqual(before);
    expect(await p.cache.look(0, [...DELICATE_NAMES, 'd'])).toEqual(counted);
  });

  test.each([
    ['without a namespace', undefined],
    ['with a namespace', 'mine'],
  ])('leaves counts and queues of an application right, %s', async (_, namespace) => {
    const command = await redisCommands(redis.url);
    const cache = userCache(redis.url, namespace);
    const { counters, row, close } = await startApplication({ cache, updateInterval: LATER });
    // every partition is seeded in the background
    await expect
      .poll(async () =>
        [...(await keyTypes(command)).keys()].filter((key) => key.endsWith('::state')),
      )
      .toHaveLength(5);
    await counters.incr('a', 5);
    await counters.flush();
    expect(await counters.incrAndGet('a', 2)).toBe(7);
    await counters.incr('b', 3);
    await cache.set('of the user', 1);
    const before = await keyTypes(command);
    expect([...before.keys()].filter((key) => key.includes('::bull:')).length).toBeGreaterThan(0);

    await cache.clear();
    expect(await cache.get('of the user')).toBeUndefined();
    const ours = (types: Map<string, string>) =>
      [...types.keys()].filter((key) => key.startsWith('fastcounter:'));
    expect(ours(await keyTypes(command))).toEqual(ours(before));
    expect(await counters.getCounts(['a', 'b'])).toEqual([7, 3]);
    await counters.incr('a');
    expect(await counters.incrAndGet('a')).toBe(9);
    await counters.flush();
    expect([await row('a'), await row('b')]).toEqual([9n, 3n]);
    await close();
  });
});
