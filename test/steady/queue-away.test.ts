import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, startApplication } from '../support/application.js';
import { repeatedly } from '../support/repeatedly.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

let application: Application;
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
  application = await startApplication({
    queue: { redis: redis.url },
    updateInterval: 50,
    sweepInterval: 200,
  });
});
afterAll(async () => {
  await application.close();
  await redis.stop();
});

const QUEUES = 5;

/** Commands that the queues hold until their Redis answers, in the client that they share, by what ioredis keeps to itself. */
function heldCommands(): number {
  const queue = application.app.get<Queue>(getQueueToken('PersistCounter0'));
  const { offlineQueue, commandQueue } = queue.client as unknown as Record<
    'offlineQueue' | 'commandQueue',
    { length: number }
  >;
  return offlineQueue.length + commandQueue.length;
}

test('while the Redis of the queues is away, triggers do not pile up, and counts arrive', async () => {
  const { counters } = application;
  const names = Array.from({ length: 30 }, (_, index) => `away-${index}`);
  await counters.incrMany(names.map((name) => ({ name })));
  await counters.flush();
  await redis.kill();
  let rounds = 1;
  const load = repeatedly(async () => {
    await counters.incrMany(names.map((name) => ({ name })));
    rounds++;
  });
  const most: number[] = [];
  for (let writes = 0n; writes < 5n; writes++) {
    const before = (await application.row('away-0')) ?? 0n;
    await expect.poll(() => application.row('away-0'), { timeout: 30_000 }).toBeGreaterThan(before);
    most.push(heldCommands());
  }
  await load.stop();
  // of each queue one trigger, and what the sweeper asks, in a transaction of Redis
  expect(Math.max(...most)).toBeLessThanOrEqual(15 * QUEUES);
  await redis.restart();
  await counters.flush();
  expect(await application.row('away-7')).toBe(BigInt(rounds));
});
