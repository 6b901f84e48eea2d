import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CacheUnavailableError } from '../../lib/errors.js';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { add, addAndTotal, LATER, Partition, remove, set } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe('scripts that Redis forgot', () => {
  test('every call goes on after SCRIPT FLUSH', async () => {
    const { cache } = openRedisCache(redis.url);
    const command = await redisCommands(redis.url);
    const forgotten = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
      await command('SCRIPT', 'FLUSH');
      return call();
    };
    const p = await forgotten(() => Partition.seeded(cache));
    await forgotten(() => p.sender.apply(add('a', 2, { interval: LATER })));
    const { mark } = await forgotten(() => cache.hasten(0));
    expect(await forgotten(() => cache.flushProgress(0, mark))).toMatchObject({ waiting: true });
    const batch = await forgotten(() => p.claimed());
    await forgotten(() => p.acknowledge(batch, [['a', 2n]]));
    await forgotten(() => p.fill({ a: 2 }));
    expect(await forgotten(() => p.parts('a'))).toEqual({ base: '2' });
    await p.sender.apply(add('b'), add('c'));
    expect(await forgotten(() => cache.park(0, undefined, 9, 'new'))).toBe(true);
    expect(await forgotten(() => cache.sweep(0))).toMatchObject({ seeded: true, parked: 1 });
    const [{ id } = { id: '' }] = await forgotten(() => cache.parcels(0));
    expect((await forgotten(() => cache.openParcel(0, id))).entries).toHaveLength(2);
    expect(await forgotten(() => cache.replay(0, id, [{ field: 'b', delta: '1' }]))).toMatchObject({
      replayed: 1,
    });
    expect(await forgotten(() => cache.discard(0, id, [{ field: 'c', delta: '1' }]))).toEqual([]);
    expect(await forgotten(() => cache.inspect())).toEqual([]);
  });

  test('increments that are under way while Redis forgets its scripts count once each', async () => {
    const p = await Partition.seeded(openRedisCache(redis.url).cache);
    const command = await redisCommands(redis.url);
    const senders = Array.from({ length: 50 }, () => p.anotherSender());
    await Promise.all(
      // one call of a sender at a time, as of a process: a call whose script is forgotten is sent anew, behind later ones
      senders.map(async (sender) => {
        await Promise.all([sender.apply(add('a')), command('SCRIPT', 'FLUSH', 'ASYNC')]);
        await Promise.all([command('SCRIPT', 'FLUSH', 'ASYNC'), sender.apply(add('a'))]);
      }),
    );
    expect(await p.unpersisted('a')).toBe(100n);
  });
});

describe('a script that fails half-way', () => {
  test('is not run again: the same seq is answered as interrupted', async () => {
    const { cache, key } = openRedisCache(redis.url);
    const command = await redisCommands(redis.url);
    const p = await Partition.seeded(cache);
    // the increment comes before the look at the delete marks, which are of the wrong type
    await command('SET', key('deleted'), 'no set');
    const failure = p.sender.send(1, add('a', 5));
    await expect(failure).rejects.toThrow(CacheUnavailableError);
    await expect(failure).rejects.toMatchObject({ mayHaveRun: true });
    await command('DEL', key('deleted'));

    expect(await p.sender.send(1, add('a', 5))).toEqual({ status: 'interrupted' });
    expect(await p.sender.send(1, add('a', 5))).toEqual({ status: 'interrupted' });
    expect(await p.parts('a')).toEqual({ pending: '5' });
    expect(await p.sender.send(2, add('a', 1))).toMatchObject({ status: 'applied' });
    expect(await p.drained()).toEqual(new Map([['a', 6n]]));
  });

  test.each([
    'pending',
    'due',
    'batch',
    'clients',
    'deleted',
    'idempotency',
    'idempotency-due',
    'large',
  ])('never applies a seq twice, with a broken key "%s"', async (part) => {
    const { cache, key } = openRedisCache(redis.url);
    const command = await redisCommands(redis.url);
    const p = await Partition.seeded(cache);
    for (const name of ['a', 'b', 'c', 'd']) await p.warm(name);
    const operations = [
      add('a', 1),
      add('b', 1, { idempotencyKey: 'k' }),
      addAndTotal('c', 1),
      remove('d'),
      set('d', 1),
    ];
    await command('SET', key(part), 'of the wrong type');
    await expect(p.sender.send(1, ...operations)).rejects.toThrow(CacheUnavailableError);
    await command('DEL', key(part));

    const { status } = await p.sender.send(1, ...operations);
    const { parts } = await cache.look(0, ['a', 'b', 'c', 'd']);
    const counted = parts.map(({ pending = '0' }) => Number(pending));
    if (status === 'applied') expect(counted).toEqual([1, 1, 1, 1]);
    else expect(Math.max(...counted)).toBeLessThanOrEqual(1);
    expect(['applied', 'interrupted']).toContain(status);
  });
});

describe('a Redis that is full', () => {
  /** So little that everything is too much. */
  const full = ['CONFIG', 'SET', 'maxmemory', '1'];
  const empty = ['CONFIG', 'SET', 'maxmemory', '0'];

  test('refuses an increment, and a later try under the same seq counts once', async () => {
    const p = await Partition.seeded(openRedisCache(redis.url).cache);
    const command = await redisCommands(redis.url);
    await p.sender.send(1, add('a'));
    await command(...full);
    for (let tries = 0; tries < 2; tries++) {
      const refusal = p.sender.send(2, add('a', 10), add('b'));
      await expect(refusal).rejects.toThrow(CacheUnavailableError);
      await expect(refusal).rejects.toMatchObject({ mayHaveRun: false });
    }
    expect(await p.parts('a')).toEqual({ pending: '1' });
    await command(...empty);
    for (let tries = 0; tries < 2; tries++) {
      expect(await p.sender.send(2, add('a', 10), add('b'))).toMatchObject({ status: 'applied' });
    }
    expect(await p.parts('a')).toEqual({ pending: '11' });
  });

  test('is still read from and drained', async () => {
    const p = await Partition.seeded(openRedisCache(redis.url).cache);
    const command = await redisCommands(redis.url);
    await p.warm('a', 10);
    await p.sender.apply(add('a', 1), add('b', 2), add('full', 1));
    await command(...full);
    try {
      expect(await p.total('a')).toBe(11n);
      const batch = await p.claimed();
      expect(batch.entries).toHaveLength(3);
      // by another worker, after the first one died
      expect(await p.claimed()).toEqual(batch);
      const values = [
        ['a', 11n],
        ['b', 2n],
      ] as const;
      await p.acknowledge(batch, values, ['full']);
      expect(await p.parts('a')).toEqual({ base: '11' });
      expect(await p.cache.sweep(0)).toMatchObject({ pending: 0, overflowed: 1 });
    } finally {
      await command(...empty);
    }
  });

  test('still answers the increment that it took before', async () => {
    const p = await Partition.seeded(openRedisCache(redis.url).cache);
    const command = await redisCommands(redis.url);
    const first = await p.sender.send(1, add('a'), addAndTotal('b'));
    await command(...full);
    try {
      const again = await p.sender.send(1, add('a'), addAndTotal('b'));
      expect(again).toMatchObject({ outcomes: first.status === 'applied' && first.outcomes });
    } finally {
      await command(...empty);
    }
  });

  test('can be flushed', async () => {
    const p = await Partition.seeded(openRedisCache(redis.url).cache);
    const command = await redisCommands(redis.url);
    await p.sender.apply(add('a', 1, { interval: LATER }), add('b', 1, { interval: LATER }));
    await command(...full);
    try {
      await p.cache.hasten(0, ['a']);
      await p.cache.hasten(0);
      expect(await p.drained()).toEqual(
        new Map([
          ['a', 1n],
          ['b', 1n],
        ]),
      );
    } finally {
      await command(...empty);
    }
  });
});
