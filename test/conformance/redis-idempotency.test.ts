import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { add, Partition } from './partition.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const MANY = 500;

async function opened(idempotencyTtl = 600_000) {
  const { cache, key } = openRedisCache(redis.url, { timings: { idempotencyTtl } });
  const command = await redisCommands(redis.url);
  const p = await Partition.seeded(cache);
  const keys = async (): Promise<string[]> =>
    (await command('KEYS', `${key('idempotency')}*`)) as string[];
  const bytes = async (): Promise<number> => {
    const sizes = await Promise.all(
      (await keys()).map((each) => command('MEMORY', 'USAGE', each, 'SAMPLES', '0')),
    );
    return sizes.reduce((sum: number, size) => sum + Number(size), 0);
  };
  return { p, key, command, keys, bytes };
}

const keyed = (text: (index: number) => string) =>
  Array.from({ length: MANY }, (_, index) => add('a', 1, { idempotencyKey: text(index) }));

test('an idempotency key takes the same memory, however long it is', async () => {
  const short = await opened();
  await short.p.sender.apply(...keyed((index) => `k${index}`));
  const long = await opened();
  await long.p.sender.apply(...keyed((index) => `k${index}`.padEnd(255, 'x')));
  expect((await long.bytes()) / (await short.bytes())).toBeLessThan(1.05);
  const widest = await opened();
  await widest.p.sender.apply(...keyed((index) => `k${index}${'\u{1f600}'.repeat(123)}`));
  expect((await widest.bytes()) / (await short.bytes())).toBeLessThan(1.05);
  expect((await short.bytes()) / MANY).toBeLessThan(150);
});

test('the text of an idempotency key is not in Redis', async () => {
  const { p, key, command } = await opened();
  await p.sender.apply(...keyed((index) => `customer-${index}`));
  for (const each of (await command('KEYS', key('*'))) as string[]) {
    expect(String(await command('DUMP', each))).not.toContain('customer-');
  }
});

test('expired keys leave nothing behind, and those that live longer stay', async () => {
  const { p, key, command, keys } = await opened(50);
  const patient = new Partition(
    openRedisCache(redis.url, {
      namespace: /\{(.*):0\}/.exec(key(''))?.[1],
      timings: { idempotencyTtl: 600_000 },
    }).cache,
    0,
    p.generation,
  );
  await p.sender.apply(...keyed((index) => `soon-${index}`));
  await patient.sender.apply(add('a', 1, { idempotencyKey: 'later' }));
  await expect
    .poll(async () => {
      await p.cache.sweep(p.index);
      return command('HLEN', key('idempotency'));
    })
    .toBe(1);
  expect(await keys()).toHaveLength(3);
  const again = add('a', 1, { idempotencyKey: 'later' });
  expect(await p.sender.outcome(again)).toEqual({ kind: 'duplicate' });
});

test('a key that is refused again and again takes no memory', async () => {
  const { p, keys } = await opened();
  await p.warm('a', 10);
  const refused = add('a', 1, { idempotencyKey: 'k', bounds: { max: '10' } });
  for (let tries = 0; tries < 5; tries++) {
    expect(await p.sender.outcome(refused)).toMatchObject({ kind: 'bounded' });
  }
  expect(await keys()).toEqual([]);
});

test('keys that come and expire at a constant rate do not add up', async () => {
  const { p, key, command } = await opened(40);
  let most = 0;
  for (let round = 0; round < 60; round++) {
    await p.sender.apply(...keyed((index) => `${round}:${index}`));
    most = Math.max(most, Number(await command('HLEN', key('idempotency'))));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // all of them would be 60 rounds
  expect(most).toBeLessThan(40 * MANY);
});
