import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { add, addAndTotal, LATER, Partition } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const later = { interval: LATER };
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `counter:${i}`);

async function opened() {
  const { cache, key } = openRedisCache(redis.url);
  const p = await Partition.seeded(cache);
  // the first call of a sender is noted one by one
  await p.sender.apply(add('first'));
  expect(await p.drained()).toEqual(new Map([['first', 1n]]));
  return { p, key, command: await redisCommands(redis.url) };
}

test('a thousand counters of one interval are one member of what is due', async () => {
  const { p, key, command } = await opened();
  await p.sender.apply(...names(1000).map((name) => add(name, 1, later)));
  await p.sender.apply(...names(1000).map((name) => add(name, 1, later)));
  await p.sender.apply(addAndTotal('cold', 1, later), add('by itself', 1, later), add('cold'));
  expect(await command('ZCARD', key('due'))).toBe(1);
});

test('a counter that is flushed by its name and counted again arrives once with each increment', async () => {
  const { p } = await opened();
  const arrived: bigint[] = [];
  for (let round = 0; round < 3; round++) {
    await p.sender.apply(add('a', 1, later), add('b', 10, later));
    await p.cache.hasten(p.index, ['a']);
    const batch = await p.claimed();
    arrived.push(...batch.entries.map(({ delta }) => BigInt(delta)));
    await p.acknowledge(batch);
  }
  expect(arrived).toEqual([1n, 1n, 1n]);
  await p.sender.apply(add('a', 1, later));
  await p.cache.hasten(p.index);
  // `a` is in the list four times
  const { entries } = await p.claimed();
  expect(entries.map(({ name, delta }) => `${name} ${delta}`)).toEqual(['a 1', 'b 30']);
});

test('a counter that is due twice is in a batch once', async () => {
  const { p } = await opened();
  await p.sender.apply(add('a', 1, later), add('b', 1, later));
  await p.sender.apply(add('a', 2, { interval: 0 }));
  await p.cache.hasten(p.index);
  const { entries } = await p.claimed();
  expect(entries.map(({ name, delta }) => `${name} ${delta}`)).toEqual(['a 3', 'b 1']);
});

test('what is due behind counters that have nothing pending any more is found', async () => {
  const { p, key, command } = await opened();
  await p.sender.apply(...names(1500).map((name) => add(name, 1, later)));
  await p.cache.hasten(p.index, names(1500));
  expect((await p.drained()).size).toBe(1500);
  await p.sender.apply(add('last', 1, later));
  await p.cache.hasten(p.index);
  expect(await p.drained()).toEqual(new Map([['last', 1n]]));
  expect(await command('EXISTS', key('due'))).toBe(0);
  expect(await command('KEYS', `${key('due')}:*`)).toEqual([]);
});

test('what comes after a flush of all waits, though it is due at the same time', async () => {
  const { p } = await opened();
  await p.sender.apply(add('a', 1, later));
  const { mark } = await p.cache.hasten(p.index);
  await p.sender.apply(add('b', 1, later));
  expect(await p.drained()).toEqual(new Map([['a', 1n]]));
  expect(await p.cache.flushProgress(p.index, mark)).toMatchObject({ waiting: false });
  await p.cache.hasten(p.index);
  expect(await p.drained()).toEqual(new Map([['b', 1n]]));
});

test('a partition that was put aside has no list left', async () => {
  const { p, key, command } = await opened();
  await p.sender.apply(add('a', 1, later), add('b', 1, later));
  const { generation: id = '' } = await p.state();
  expect(await p.cache.park(p.index, undefined, 100, 'next')).toBe(true);
  expect(await command('KEYS', `${key('due')}*`)).toEqual([]);
  const { entries } = await p.cache.openParcel(p.index, id);
  expect(entries.map(({ name }) => name).sort()).toEqual(['a', 'b']);
  // the notes of calls are no counts
  expect(await command('SCARD', key('clients'))).toBe(0);
});

test('a counter that waits for long is due earlier by a shorter interval, whatever else is due', async () => {
  const { p, key, command } = await opened();
  await p.sender.apply(add('soon', 1, { interval: 5000 }), add('now'));
  // leaves the one that is soon due
  expect((await p.claimed()).entries).toHaveLength(1);
  await p.sender.apply(add('late', 1, later));
  await p.sender.apply(add('late', 1, { interval: 20_000 }));
  expect(await command('ZSCORE', key('due'), 'late')).not.toBeNull();
});
