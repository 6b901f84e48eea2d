import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { add, LATER, Partition } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const MANY = 1000;
const names = (prefix: string): string[] =>
  Array.from({ length: MANY }, (_, index) => `${prefix}${index}`);
const values = (prefix: string): Record<string, number> =>
  Object.fromEntries(names(prefix).map((name) => [name, 1]));

/** A partition, and what Redis says of how keys were freed since it was made. */
async function watched(baseTtl = LATER) {
  const { cache, key } = openRedisCache(redis.url, { timings: { baseTtl } });
  const command = await redisCommands(redis.url);
  const p = await Partition.seeded(cache);
  await command('CONFIG', 'RESETSTAT');
  const info = async (field: string): Promise<number> => {
    const text = String(await command('INFO', 'everything'));
    return Number(new RegExp(`^${field}:(?:calls=)?(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  };
  const calls = (name: string): Promise<number> => info(`cmdstat_${name}`);
  const inBackground = (): Promise<number> => info('lazyfreed_objects');
  return { p, key, command, calls, inBackground };
}

test('a batch is freed in the background', async () => {
  const { p, calls, inBackground } = await watched();
  await p.sender.apply(...names('a').map((name) => add(name)));
  await p.acknowledge(await p.claimed({ limit: 500 }));
  await expect.poll(inBackground).toBe(1);
  expect(await calls('del')).toBe(0);
});

test('the older cached values are freed in the background when their time has come', async () => {
  const { p, key, command, calls, inBackground } = await watched(60_000);
  const age = () => command('HSET', key('state'), 'basesSince', String(Date.now() - 60_000));
  await p.fill(values('a'));
  await age();
  await p.fill(values('b'));
  expect(await inBackground()).toBe(0);
  await age();
  await p.fill(values('c'));
  await expect.poll(inBackground).toBe(1);
  expect(await calls('del')).toBe(0);
});

test('cached values that nobody asks for any more are freed by a sweep, before Redis frees them at once', async () => {
  const { p, key, command, inBackground } = await watched(60_000);
  const age = () => command('HSET', key('state'), 'basesSince', String(Date.now() - 60_000));
  await p.fill(values('a'));
  await p.cache.sweep(p.index);
  expect(await command('HLEN', key('bases'))).toBe(MANY);
  await age();
  await p.cache.sweep(p.index);
  expect(await command('EXISTS', key('bases'))).toBe(0);
  expect(await p.parts('a0')).toEqual({ base: '1' });
  expect(Number(await command('PTTL', key('older-bases')))).toBeGreaterThan(120_000);
  await age();
  await p.cache.sweep(p.index);
  expect(await p.parts('a0')).toEqual({});
  await expect.poll(inBackground).toBe(1);
});

test('what a rewound Redis held is freed in the background', async () => {
  const { p, calls, inBackground } = await watched();
  await p.fill(values('a'));
  await p.sender.apply(...names('a').map((name) => add(name, 1, { interval: LATER })));
  expect(await p.cache.park(p.index, undefined, 9, 'new')).toBe(true);
  // the cached values; the counts are put aside, and the list of what was due is small enough to be freed at once
  await expect.poll(inBackground).toBe(1);
  expect(await calls('del')).toBe(0);
});
