import { expect, onTestFinished, test } from 'vitest';
import { add, Sender } from '../conformance/partition.js';
import { startApplication } from '../support/application.js';
import { redisCommands, openRedisCache } from '../support/redis-cache.js';
import { startRedis } from '../support/servers/redis.js';

test('while a claim waits for a replica that is away, increments are acknowledged one after the other', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const { counters, row, close } = await startApplication({
    redis: redis.url,
    updateInterval: 0,
    queue: { count: 1 },
    durableClaims: { replicas: 1, timeout: 1_000 },
    shutdownTimeout: 500,
  });
  onTestFinished(close);
  const command = await redisCommands(redis.url);
  // workers of the queue are blocked too, but not by WAIT
  const isWaiting = async (): Promise<boolean> =>
    String(await command('CLIENT', 'LIST')).includes('cmd=wait');
  let acknowledged = 0;
  let meanwhile = 0;
  for (const end = Date.now() + 20_000; meanwhile < 100 && Date.now() < end; acknowledged++) {
    const before = await isWaiting();
    await counters.incr('a');
    if (before && (await isWaiting())) meanwhile++;
  }
  expect(meanwhile).toBe(100);
  expect(await counters.getCount('a')).toBe(acknowledged);
  expect(await row('a')).toBeUndefined();
});

test('connections for claims are made where claims must be durable, and closed at the end', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const command = await redisCommands(redis.url);
  const connections = async (): Promise<number> =>
    String(await command('CLIENT', 'LIST', 'TYPE', 'normal'))
      .trim()
      .split('\n').length;
  const before = await connections();
  const open = async (replicas: number): Promise<number> => {
    const { counters, close } = await startApplication({
      redis: redis.url,
      updateInterval: 0,
      queue: { count: 2 },
      durableClaims: { replicas, timeout: 20 },
      shutdownTimeout: 500,
    });
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
    await counters.incrMany(names.map((name) => ({ name })));
    let most = 0;
    for (let looks = 0; looks < 20; looks++) {
      most = Math.max(most, (await connections()) - before);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await close();
    await expect.poll(connections).toBe(before);
    return most;
  };
  const without = await open(0);
  expect((await open(1)) - without).toBe(2);
});

test('a batch stays with its worker for as long as its claim may wait', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const { cache, key } = openRedisCache(redis.url, {
    durableClaims: { replicas: 1, timeout: 3_000 },
    timings: { lease: 100 },
  });
  const generation = (await cache.reserve(0, { seq: 0, nonce: '' }, 'first')) ?? '';
  await cache.seed(0, generation);
  await new Sender(cache, 0, generation).apply(add('a'));
  const claim = cache.claim(0, { limit: 10, nonce: 'one', holder: 'one' }).catch(() => undefined);
  const command = await redisCommands(redis.url);
  const times = async (): Promise<number> => {
    const fields = await command('HMGET', key('batch'), ' at', ' until');
    const [at, until] = (fields as string[]).map(Number) as [number, number];
    return until - at;
  };
  await expect.poll(times).toBeGreaterThan(3_000);
  await claim;
});
