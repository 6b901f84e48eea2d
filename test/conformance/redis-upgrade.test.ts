import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyDigest } from '../../lib/cache/key-digest.js';
import { partitionKeys } from '../../lib/cache/redis/protocol/partition-keys.js';
import { loadScripts } from '../../lib/cache/redis/scripts/scripts.js';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { OldProcess, type OldIncrement } from '../support/version-0.1/old-process.js';
import { add, Partition } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const ours = (namespace: string, idempotencyTtl = 600_000) =>
  openRedisCache(redis.url, { namespace, timings: { idempotencyTtl } }).cache;

async function oldDeployment() {
  const namespace = randomUUID();
  const old = await OldProcess.start(redis.url, namespace);
  await old.seed();
  const command = await redisCommands(redis.url);
  return { namespace, old, command };
}

/** A partition that is taken over, or was. */
async function joined(namespace: string, idempotencyTtl?: number): Promise<Partition> {
  const p = new Partition(ours(namespace, idempotencyTtl), 0, '');
  await p.join();
  return p;
}

const keyed = (count: number): OldIncrement[] =>
  Array.from({ length: count }, (_, i) => ({ name: 'a', delta: 1, idempotencyKey: `k${i}` }));

describe('what version 0.1 left in Redis is taken over', () => {
  test('with what is pending and an open batch, each of which arrives once', async () => {
    const { namespace, old } = await oldDeployment();
    await old.add([{ name: 'a', delta: 2 }]);
    const claimed = (await old.claim()) as [string, string[]];
    expect(claimed[0]).toBe('batch');
    await old.add([
      { name: 'a', delta: 3 },
      { name: 'b', delta: 4 },
    ]);

    const p = await joined(namespace);
    expect(await p.parts('a')).toEqual({ batch: '2', pending: '3' });
    await p.sender.apply(add('a', 10));
    const batch = await p.claimed();
    expect(claimed[1]).toContain(batch.nonce);
    expect(batch.entries).toEqual([{ name: 'a', delta: '2', remove: false }]);
    // the old worker goes on with it, and is the first
    expect(await old.acknowledge(batch.nonce)).toEqual([expect.any(String)]);
    await p.acknowledge(batch);
    expect(await p.drained()).toEqual(
      new Map([
        ['a', 13n],
        ['b', 4n],
      ]),
    );
  });

  test('with the latest time at which a counter is due', async () => {
    const { namespace, old, command } = await oldDeployment();
    await old.add([{ name: 'a', delta: 2 }]);
    await joined(namespace);
    const time = await command('ZSCORE', old.key('due'), 'a');
    expect(time).not.toBeNull();
    expect(await command('HGET', old.key('state'), 'latestDue')).toBe(time);
  });

  test('with the keys of callers, as long as they live', async () => {
    const { namespace, old, command } = await oldDeployment();
    await old.add([{ name: 'a', delta: 1, idempotencyKey: 'short' }], 1);
    await old.add([{ name: 'a', delta: 5, idempotencyKey: 'umlaut \u00e4 \u{1f600}' }]);
    for (let i = 0; i < 2; i++) await old.add(keyed(1500).slice(i * 750, (i + 1) * 750));

    const p = await joined(namespace);
    const again = keyed(1500).map(({ idempotencyKey }) => add('a', 1, { idempotencyKey }));
    const { outcomes } = await p.sender.apply(...again);
    expect(outcomes.size).toBe(1500);
    expect(new Set([...outcomes.values()].map(({ kind }) => kind))).toEqual(new Set(['duplicate']));
    const umlaut = { idempotencyKey: 'umlaut \u00e4 \u{1f600}' };
    expect(await p.sender.outcome(add('a', 6, umlaut))).toEqual({ kind: 'conflict' });
    expect(await p.sender.outcome(add('b', 5, umlaut))).toBeUndefined();
    expect(await p.sender.outcome(add('a', 7, { idempotencyKey: 'short' }))).toBeUndefined();
    expect(await p.unpersisted('a')).toBe(1n + 5n + 1500n + 7n);
    expect(await command('EXISTS', old.key('claims'), old.key('claims-due'))).toBe(0);
  });

  test('with what was put aside', async () => {
    const { namespace, old } = await oldDeployment();
    await old.add([{ name: 'a', delta: 2 }]);
    expect(await old.run('park', '', 100, 'next')).toBe(1);
    await old.add([{ name: 'a', delta: 3 }]);
    const p = await joined(namespace);
    const [{ id } = { id: '' }] = await p.cache.parcels(0);
    expect(await p.cache.replay(0, id, [{ field: 'a', delta: '2' }])).toMatchObject({
      replayed: 1,
    });
    expect(await p.drained()).toEqual(new Map([['a', 5n]]));
  });

  test('and expires as it would have', async () => {
    const { namespace, old, command } = await oldDeployment();
    await old.add(keyed(20), 300);
    const p = await joined(namespace, 300);
    expect(await command('HLEN', old.key('idempotency'))).toBe(20);
    await expect
      .poll(async () => {
        await p.cache.sweep(0);
        return command('KEYS', old.key('idempotency*'));
      })
      .toEqual([]);
  });

  test('by several processes at once, and by another one where the first ended half-way', async () => {
    const { namespace, old, command } = await oldDeployment();
    for (let i = 0; i < 4; i++) await old.add(keyed(2000).slice(i * 500, (i + 1) * 500));
    await command('HSET', old.key('state'), 'protocol', '1 to 2');
    expect(await old.add(keyed(1))).toEqual(['protocol', '1 to 2']);

    const partitions = await Promise.all(Array.from({ length: 3 }, () => joined(namespace)));
    for (const p of partitions) expect((await p.state()).fence).toBe(1);
    const again = keyed(2000).map(({ idempotencyKey }) => add('a', 1, { idempotencyKey }));
    const { outcomes } = await (partitions[0] as Partition).sender.apply(...again);
    expect(outcomes.size).toBe(2000);
    expect(await (partitions[0] as Partition).drained()).toEqual(new Map([['a', 2000n]]));
  });

  test('again, where a process of 0.1 seeds it after a wipe', async () => {
    const { namespace, old, command } = await oldDeployment();
    const p = await joined(namespace);
    await command('DEL', old.key('state'));
    await old.seed(7);
    await old.add([{ name: 'a', delta: 2, idempotencyKey: 'k' }]);
    await p.join();
    expect(await p.sender.outcome(add('a', 2, { idempotencyKey: 'k' }))).toEqual({
      kind: 'duplicate',
    });
    expect(await p.cache.sweep(0)).toMatchObject({ unreported: { event: 'redisWiped' } });
  });

  test('and nothing of it is touched by a process with another number of queues', async () => {
    const { namespace, old, command } = await oldDeployment();
    await old.add(keyed(3));
    const before = await command('HGETALL', old.key('state'));
    const { cache } = openRedisCache(redis.url, { namespace, queues: 3 });
    await expect(cache.look(0, ['a'])).rejects.toMatchObject({ code: 'PROTOCOL_MISMATCH' });
    expect(await command('HGETALL', old.key('state'))).toEqual(before);
    expect(await old.add([{ name: 'b', delta: 1 }])).toEqual([
      'applied',
      expect.any(String),
      [],
      0,
      0,
    ]);
  });
});

describe('a process of version 0.1 beside one that took over', () => {
  test('is refused, whatever it does, and changes nothing', async () => {
    const { namespace, old, command } = await oldDeployment();
    await old.add([{ name: 'a', delta: 1 }]);
    const p = await joined(namespace);
    const before = await command('HGETALL', old.key('state'));
    const refused = ['protocol', '2'];
    expect(await old.add([{ name: 'a', delta: 5 }])).toEqual(refused);
    expect(await old.claim()).toEqual(refused);
    expect(await old.run('look', 'a')).toEqual(refused);
    expect(await old.run('sweep', 1)).toEqual(refused);
    expect(await command('HGETALL', old.key('state'))).toEqual(before);
    expect(await p.drained()).toEqual(new Map([['a', 1n]]));
  });
});

test('a part of a take-over that comes late changes nothing', async () => {
  const { namespace, old, command } = await oldDeployment();
  await old.add(keyed(1), 1);
  const late = (...args: string[]): Promise<unknown> => {
    const keys = partitionKeys(namespace, 0);
    const words = [...keys, '5 UTC', ...args];
    return command('EVAL', loadScripts().upgrade.source, String(keys.length), ...words);
  };
  expect(await late('0')).toMatchObject(['keys', '0', ['a\0k0', '1', expect.any(String)]]);
  const p = await joined(namespace);
  expect(await p.sender.outcome(add('a', 9, { idempotencyKey: 'k0' }))).toBeUndefined();
  expect(await late('end', keyDigest('a', 'k0'), '1', '1', '600000')).toEqual(['done']);
  expect(await p.sender.outcome(add('a', 9, { idempotencyKey: 'k0' }))).toEqual({
    kind: 'duplicate',
  });
});
