import { expect, test } from 'vitest';
import { type Application, startApplication } from '../support/application.js';
import { redisCommands } from '../support/redis-cache.js';
import { startRedis } from '../support/servers/redis.js';

const NAMES = Array.from({ length: 300 }, (_, index) => `counter-${index}`);

test('a process that ends in order leaves no answers in Redis', async () => {
  const redis = await startRedis();
  const command = await redisCommands(redis.url);
  const start = (): Promise<Application> =>
    startApplication({ redis: redis.url, namespace: 'n', updateInterval: 600_000 });
  const fields = async (): Promise<string[]> => {
    const keys = (await command('KEYS', 'fastcounter:{n:*::clients')) as string[];
    const values = await Promise.all(
      keys.map(async (key) => {
        const clients = (await command('SMEMBERS', key)) as string[];
        const notes = clients.map((client) => ` ${client}`);
        return command('HMGET', key.replace('::clients', '::pending'), ...notes);
      }),
    );
    return values.flat().map(String);
  };
  const longest = async (): Promise<number> =>
    Math.max(...(await fields()).map(({ length }) => length));

  const { counters, close } = await start();
  await Promise.all(NAMES.map((name) => counters.incrAndGet(name)));
  await Promise.all(NAMES.map((name) => counters.incrAndGet(name)));
  expect(await longest()).toBeGreaterThan(500);
  await close();
  expect(await fields()).toHaveLength(5);
  expect(await longest()).toBeLessThan(40);

  // and their senders are forgotten by the next process once no copy of a call can be on its way
  for (const key of (await command('KEYS', 'fastcounter:{n:*::clients')) as string[]) {
    const state = key.replace('::clients', '::state');
    const pending = key.replace('::clients', '::pending');
    const [client = ''] = (await command('SMEMBERS', key)) as string[];
    const [seq = '', since] = String(await command('HGET', pending, ` ${client}`)).split(' ');
    await command('HSET', pending, ` ${client}`, `${seq} ${Number(since) - 3_600_000} 00`);
    await command('HINCRBY', state, 'clientsUntil', '-3600000');
  }
  const next = await start();
  await expect.poll(fields).toHaveLength(0);
  await next.close();
  await redis.stop();
});
