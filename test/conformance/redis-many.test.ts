import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SeenEntry } from '../../lib/cache/parcels.js';
import { openRedisCache } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { add, MAX, Partition, remove } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** More than Lua's stack holds. */
const MANY = 9000;
const names = Array.from({ length: MANY }, (_, i) => `counter:${i}`);
const all = { limit: MANY };
const asSeen = (fields: readonly string[], delta: string): SeenEntry[] =>
  fields.map((field) => ({ field, delta }));

test('a call, a look, a fill, a batch and its acknowledgement may be larger than the stack of Lua', async () => {
  const p = await Partition.seeded(openRedisCache(redis.url).cache);
  await p.fill({ ...Object.fromEntries(names.map((name) => [name, 1])), large: MAX });
  await p.sender.apply(...names.map((name) => add(name, 2)));
  // with marks of their own in the batch
  await p.sender.apply(...names.map((name) => remove(name)));
  const batch = await p.claimed(all);
  expect(batch.entries).toHaveLength(MANY);
  expect(
    batch.entries.every(({ delta, remove, expected }) => delta === '-1' && remove && expected),
  ).toBe(true);
  await p.acknowledge(
    batch,
    names.map((name) => [name, 0n]),
  );
  const { parts } = await p.cache.look(p.index, names);
  expect(parts).toHaveLength(MANY);
  expect(new Set(parts.map(({ base }) => base))).toEqual(new Set(['0']));
});

test('increments one by one, with buckets and keys, may be more than the stack of Lua holds', async () => {
  const { cache } = openRedisCache(redis.url, { timings: { idempotencyTtl: 1 } });
  const p = await Partition.seeded(cache);
  const operations = names.map((name) => add(name, 1, { idempotencyKey: name, buckets: ['h'] }));
  await p.sender.apply(...operations);
  await p.sender.apply(...operations);
  const batch = await p.claimed({ limit: 2 * MANY });
  expect(batch.entries).toHaveLength(2 * MANY);
  expect(new Set(batch.entries.map(({ delta }) => delta))).toEqual(new Set(['2']));
});

test('a parcel is replayed and discarded in one call, however large the call is', async () => {
  const p = await Partition.seeded(openRedisCache(redis.url).cache);
  await p.sender.apply(...names.map((name) => add(name)));
  const { generation: parcel = '' } = await p.state();
  expect(await p.cache.park(p.index, undefined, 100, 'next')).toBe(true);
  expect(await p.cache.replay(p.index, parcel, asSeen(names, '1'))).toMatchObject({
    replayed: MANY,
  });
  expect((await p.claimed(all)).entries).toHaveLength(MANY);
  const { generation: another = '' } = await p.state();
  expect(await p.cache.park(p.index, undefined, 200, 'after that')).toBe(true);
  const fields = names.map((name) => `${name}\0batch`);
  expect(await p.cache.discard(p.index, another, asSeen(fields, '1'))).toEqual([]);
  expect(await p.cache.parcels(p.index)).toEqual([]);
});
