import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { expectFailures } from '../../../lib/queue/redis/queue-clients.js';

test('commands that nobody handles fail unseen, also those that come until the connection has ended', async () => {
  const client = new Redis(inject('redisAdminUrl'), { retryStrategy: () => null });
  await client.ping();
  const seen: unknown[] = [];
  const see = (error: unknown): void => void seen.push(error);
  process.on('unhandledRejection', see);
  void client.blpop('nothing comes', 0);
  expectFailures(client);
  void client.blpop('nothing comes here either', 0);
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.disconnect();
  await ended;
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', see);
  expect(seen).toEqual([]);
});
