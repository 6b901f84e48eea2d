import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { addOnce, LATER, Partition, remove, undo } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

async function opened() {
  const { cache, key } = openRedisCache(redis.url);
  const command = await redisCommands(redis.url);
  const p = await Partition.seeded(cache);
  const keys = async (of = 'idempotency'): Promise<string[]> =>
    (await command('KEYS', `${key(of)}*`)) as string[];
  const usedMemory = async (): Promise<number> =>
    Number(/used_memory:(\d+)/.exec(String(await command('INFO', 'memory')))?.[1]);
  const bytes = async (): Promise<number> => {
    const sizes = await Promise.all(
      (await keys()).map((each) => command('MEMORY', 'USAGE', each, 'SAMPLES', '0')),
    );
    return sizes.reduce((sum: number, size) => sum + Number(size), 0);
  };
  return { p, key, command, keys, bytes, usedMemory };
}

const MANY = 100_000;
const CHUNK = 500;
/** What a key takes at most, in bytes. */
const MOST = 80;

test('a key that counts once takes at most 80 bytes, its place in the lists of what expires included', async () => {
  const { p, bytes, usedMemory, key, command } = await opened();
  const count = async (visitors: number, prefix: string): Promise<void> => {
    for (let first = 0; first < visitors; first += CHUNK) {
      const chunk = Array.from({ length: CHUNK }, (_, index) =>
        addOnce('views:1', `${prefix}${first + index}`, 1, { interval: LATER }),
      );
      await p.sender.apply(...chunk);
    }
  };
  // what is taken once is there
  await count(10 * CHUNK, '192.0.2.');
  const before = [await bytes(), await usedMemory()];
  await count(MANY, '2001:db8:85a3::8a2e:370:');
  expect(await command('HLEN', key('idempotency'))).toBe(MANY + 10 * CHUNK);
  const [inKeys = 0, inAll = 0] = [await bytes(), await usedMemory()].map(
    (after, index) => (after - (before[index] ?? 0)) / MANY,
  );
  expect(inKeys).toBeLessThan(MOST);
  // an allocator may round up
  expect(inAll).toBeLessThan(1.1 * MOST);
});

test('the text of a key that counts once is not in Redis', async () => {
  const { p, key, command } = await opened();
  await p.sender.apply(
    ...Array.from({ length: 50 }, (_, index) => addOnce('a', `192.0.2.${index}`)),
    undo('a', '192.0.2.7'),
  );
  for (const each of (await command('KEYS', key('*'))) as string[]) {
    expect(String(await command('DUMP', each))).not.toContain('192.0.2.');
  }
});

test('a key that is taken back and counts again, over and over, has one place', async () => {
  const { p, key, command, keys } = await opened();
  for (let times = 0; times < 50; times++) {
    await p.sender.apply(addOnce('a', 'k'), undo('a', 'k'));
  }
  await p.sender.apply(addOnce('a', 'k'));
  expect(await command('HLEN', key('idempotency'))).toBe(1);
  const lists = (await keys('idempotency-due')).filter((each) => /\d$/.test(each));
  expect(lists).toHaveLength(1);
  expect(await command('LLEN', lists[0] ?? '')).toBe(1);
});

test('a key that came again goes on to a later list, and nothing stays in the end', async () => {
  const { p, key, command, keys } = await opened();
  await p.fill({ a: 0 });
  await p.sender.apply(addOnce('a', 'k', 1, { within: 20 }), undo('a', 'k'));
  await p.sender.apply(addOnce('a', 'k', 1, { within: 300 }), remove('a'));
  await p.sender.apply(addOnce('a', 'k', 1, { within: 400 }));
  await new Promise((resolve) => setTimeout(resolve, 60));
  await p.cache.sweep(p.index);
  expect(await command('HLEN', key('idempotency'))).toBe(3);
  await expect
    .poll(
      async () => {
        await p.cache.sweep(p.index);
        return keys();
      },
      { timeout: 3000 },
    )
    .toEqual([]);
});

test('a script that broke off in the middle of an undo leaves no bucket that is never due', async () => {
  const { p, command } = await opened();
  await p.sender.apply(addOnce('a', 'k', 1, { buckets: ['1abc'], interval: LATER }));
  await p.cache.hasten(p.index);
  await p.drained();
  const { sender } = p;
  await command('ACL', 'SETUSER', 'default', '-rpush');
  await expect(sender.send(2, undo('a', 'k'))).rejects.toThrow();
  await command('ACL', 'SETUSER', 'default', '+rpush');
  expect(await sender.send(2, undo('a', 'k'))).toEqual({ status: 'interrupted' });
  expect(await p.drained()).toEqual(
    new Map([
      ['a', -1n],
      ['a\x1f1abc', -1n],
    ]),
  );
});
