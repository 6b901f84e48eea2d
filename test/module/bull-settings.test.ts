import { randomUUID } from 'node:crypto';
import { BullModule, getQueueToken } from '@nestjs/bull';
import { createClient } from '@keyv/redis';
import type { Queue, QueueOptions } from 'bull';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CounterEvents, CounterService, FastCounterModule } from '../../lib/index.js';
import { database, freshNamespace, redis, redisAdmin, start } from './start.js';

const HOUR = 3_600_000;

/** Each of these would break or slow our queues down, or put them elsewhere. */
function hostileSettings(createClient: () => Redis): QueueOptions {
  const settings = {
    name: `renamed-${randomUUID()}`,
    url: 'redis://127.0.0.1:1',
    prefix: `leaked-${randomUUID()}`,
    limiter: { max: 1, duration: HOUR },
    metrics: { maxDataPoints: 10 },
    defaultJobOptions: { delay: HOUR, attempts: 7, repeat: { every: HOUR } },
    settings: { drainDelay: 60, lockDuration: 50, maxStalledCount: 0 },
    processors: [() => Promise.reject(new Error('a processor of the application'))],
    createClient,
  };
  return settings;
}

test.each([
  ['for all queues', (settings: QueueOptions) => BullModule.forRoot(settings)],
  [
    'from a factory',
    (settings: QueueOptions) => BullModule.forRootAsync({ useFactory: () => settings }),
  ],
])("the application's Bull configuration reaches our queues in nothing: %s", async (_, bull) => {
  const connect = vi.fn(() => new Redis(redisAdmin(), { lazyConnect: true }));
  const settings = hostileSettings(connect);
  const namespace = freshNamespace();
  const app = await start({
    imports: [
      bull(settings),
      await database(),
      FastCounterModule.forRoot({ redis: redis(), namespace, queue: { count: 2 } }),
    ],
  });
  const persisted = vi.fn();
  app.get(CounterEvents).on('persisted', persisted);
  const counters = app.get(CounterService);
  // with a limit of one job an hour the second would wait
  for (let round = 0; round < 3; round++) {
    await counters.incr('views');
    await counters.flush();
  }
  expect(await counters.list()).toMatchObject([{ name: 'views', value: 3 }]);

  expect(connect).not.toHaveBeenCalled();
  for (const partition of [0, 1]) {
    const queue = app.get<Queue>(getQueueToken(`PersistCounter${partition}`), { strict: false });
    expect(queue.name).toBe(`PersistCounter${partition}`);
  }
  const client = createClient({ url: redisAdmin() });
  await client.connect();
  onTestFinished(() => client.destroy());
  const keys = await client.keys(`*{${namespace}:*`);
  expect(keys).toContainEqual(expect.stringMatching(/::bull:PersistCounter\d:id$/));
  expect(keys.filter((key) => /metrics|limiter|repeat/.test(key))).toEqual([]);
  expect(await client.keys(`${String(settings.prefix)}*`)).toEqual([]);
});
