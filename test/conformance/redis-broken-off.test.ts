import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { add, addAndTotal, LATER, MAX, Partition } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const later = { interval: LATER };

async function opened() {
  const { cache, key } = openRedisCache(redis.url);
  const p = await Partition.seeded(cache);
  await p.sender.send(1, add('first', 1, later));
  const command = await redisCommands(redis.url);
  /** What fails as the user lacks a right meanwhile. */
  const failsWithout = async (right: string, act: () => Promise<unknown>): Promise<void> => {
    await command('ACL', 'SETUSER', 'default', `-${right}`);
    await expect(act()).rejects.toThrow();
    await command('ACL', 'SETUSER', 'default', `+${right}`);
  };
  return { p, key, command, failsWithout };
}

async function flushed(p: Partition): Promise<Map<string, bigint>> {
  await p.cache.hasten(p.index);
  return p.drained();
}

describe('a script that broke off, as a right was missing for a moment', () => {
  test('leaves no list that takes counters and is never due', async () => {
    const { p, failsWithout } = await opened();
    const soon = { interval: 5000 };
    await failsWithout('zadd', () => p.sender.send(2, add('a', 1, soon)));
    expect(await p.sender.send(2, add('a', 1, soon))).toMatchObject({ status: 'applied' });
    expect(await p.sender.send(3, add('b', 1, soon))).toMatchObject({ status: 'applied' });
    expect(await flushed(p)).toEqual(
      new Map([
        ['a', 1n],
        ['b', 1n],
        ['first', 1n],
      ]),
    );
  });

  test('leaves no counter that was added to and is never due', async () => {
    const { p, failsWithout } = await opened();
    await p.fill({ a: 0 });
    const each = [addAndTotal('a', 1, { interval: 5000, buckets: ['h'] })];
    await failsWithout('rpush', () => p.sender.send(2, ...each));
    expect(await p.sender.send(2, ...each)).toEqual({ status: 'interrupted' });
    expect(await flushed(p)).toEqual(
      new Map([
        ['a', 1n],
        ['a\x1fh', 1n],
        ['first', 1n],
      ]),
    );
  });

  test.each(['smembers', 'zrange', 'hset'])(
    'puts aside what was pending once, without %s',
    async (right) => {
      const { p, failsWithout } = await opened();
      const park = () => p.cache.park(p.index, undefined, 100, 'next');
      await failsWithout(right, park);
      await p.sender.send(2, add('first', 10, later));
      expect(await park()).toBe(true);
      const deltas: string[] = [];
      for (const { id } of await p.cache.parcels(p.index)) {
        const { entries } = await p.cache.openParcel(p.index, id);
        deltas.push(...entries.map(({ name, delta }) => `${name} ${delta}`));
      }
      expect(deltas.map((text) => Number(text.split(' ')[1])).reduce((a, b) => a + b)).toBe(11);
      expect(new Set(deltas.map((text) => text.split(' ')[0]))).toEqual(new Set(['first']));
    },
  );
});

test('places of what is due that are for nothing are removed by a sweep, beyond ten thousand', async () => {
  const { p, key, command } = await opened();
  const [, time = ''] = (await command('ZRANGE', key('due'), '0', '-1', 'WITHSCORES')) as string[];
  const list = `${key('due')}:${time}`;
  for (let i = 0; i < 12; i++) await command('RPUSH', list, ...Array<string>(1000).fill('gone'));
  await p.cache.sweep(p.index);
  expect(await command('LRANGE', list, '0', '-1')).toEqual(['first']);
  expect(await flushed(p)).toEqual(new Map([['first', 1n]]));
});

test('a sweep finds a large value that a worker of version 0.1 noted', async () => {
  const { p, key, command } = await opened();
  await command('HSET', key('large'), 'first', String(MAX));
  await p.cache.sweep(p.index);
  const { outcomes } = await p.sender.send(2, add('first')).then((answer) => {
    if (answer.status !== 'applied') throw new Error(answer.status);
    return answer;
  });
  expect([...outcomes.values()]).toEqual([{ kind: 'overflow' }]);
});
