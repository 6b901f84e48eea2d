import { createClient } from '@keyv/redis';
import { BullModule, getQueueToken, InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  CounterEvents,
  CounterService,
  FastCounterModule,
  type FastCounterOptions,
  InvalidOptionsError,
} from '../../lib/index.js';
import { startApplication } from '../support/application.js';
import { database, freshNamespace, moduleOf, redis, redisAdmin, start } from './start.js';

const HOUR = 3_600_000;

async function keysOf(namespace: string): Promise<string[]> {
  const client = createClient({ url: redisAdmin() });
  await client.connect();
  onTestFinished(() => client.destroy());
  return client.keys(`fastcounter:{${namespace}:*`);
}

describe('queue.driver "bullmq"', () => {
  test('puts the queues on BullMQ, where @InjectQueue() of @nestjs/bullmq finds them', async () => {
    @Injectable()
    class Dashboard {
      constructor(
        @InjectQueue('Jobs0') readonly first: Queue,
        @InjectQueue('Jobs2') readonly last: Queue,
      ) {}
    }
    const namespace = freshNamespace();
    const app = await start({
      imports: [
        await database(),
        FastCounterModule.forRoot({
          redis: redis(),
          namespace,
          queue: { driver: 'bullmq', prefix: 'Jobs', count: 3 },
        }),
        moduleOf({ providers: [Dashboard] }),
      ],
    });
    const counters = app.get(CounterService);
    const jobs: string[] = [];
    app.get(CounterEvents).on('persisted', ({ partition }) => jobs.push(String(partition)));
    await counters.incrMany(Array.from({ length: 40 }, (_, index) => ({ name: `views-${index}` })));
    await counters.flush();
    expect(new Set(jobs)).toEqual(new Set(['0', '1', '2']));
    const { first, last } = app.get(Dashboard, { strict: false });
    expect([first.name, last.name]).toEqual(['Jobs0', 'Jobs2']);
    expect(await first.getJobCounts('wait', 'active', 'delayed')).toMatchObject({ wait: 0 });
    const keys = await keysOf(namespace);
    expect(keys).toContainEqual(expect.stringContaining(':0}::bullmq:Jobs0:'));
    expect(keys.filter((key) => key.includes('::bull:'))).toEqual([]);
  });

  test('takes nothing from what the application gave to all of its queues', async () => {
    const hostile = {
      prefix: 'leaked',
      connection: { host: '127.0.0.1', port: 1 },
      defaultJobOptions: { delay: HOUR, attempts: 7 },
    };
    const namespace = freshNamespace();
    const app = await start({
      imports: [
        BullModule.forRoot(hostile),
        await database(),
        FastCounterModule.forRoot({
          redis: redis(),
          namespace,
          queue: { driver: 'bullmq', count: 1 },
          updateInterval: 50,
          sweepInterval: 60_000,
        }),
      ],
    });
    const persisted: number[] = [];
    app.get(CounterEvents).on('persisted', ({ counters }) => persisted.push(counters));
    await app.get(CounterService).incr('views');
    await expect.poll(() => persisted).toEqual([1]);
    const queue = app.get<Queue>(getQueueToken('PersistCounter0'), { strict: false });
    expect(queue.name).toBe('PersistCounter0');
    expect((await keysOf(namespace)).filter((key) => key.includes('leaked'))).toEqual([]);
  });

  test('stands beside a factory, and connects to nothing where that answers the embedded mode', async () => {
    const counting = (answered: FastCounterOptions, driver?: 'bullmq') =>
      FastCounterModule.forRootAsync({
        queue: { driver, count: 1 },
        useFactory: () => answered,
      });
    const app = await start({ imports: [await database(), counting({}, 'bullmq')] });
    const counters = app.get(CounterService);
    await counters.incr('embedded');
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'embedded', value: 1 }]);

    const namespace = freshNamespace();
    const withRedis = { redis: redis(), namespace };
    const other = await start({ imports: [await database(), counting(withRedis, 'bullmq')] });
    await other.get(CounterService).incr('shared');
    await other.get(CounterService).flush();
    expect(await keysOf(namespace)).toContainEqual(expect.stringContaining('::bullmq:'));

    const wrong = counting({ queue: { driver: 'bullmq' } });
    await expect(start({ imports: [await database(), wrong] })).rejects.toThrow(
      'Option "queue.driver" (given: "bullmq") decides which providers exist',
    );
  });

  test.each([
    ['another driver', { driver: 'kafka' }, 'must be one of "bull", "bullmq"'],
    ['a guard', { driver: 'bullmq', settings: { guardInterval: 1000 } }, 'is a setting of Bull'],
    [
      'strategies',
      { driver: 'bullmq', settings: { backoffStrategies: {} } },
      'is a setting of Bull',
    ],
    ['a pause', { driver: 'bullmq', settings: { retryProcessDelay: 1 } }, 'is a setting of Bull'],
  ])('is refused with %s', (_, queue, reason) => {
    const make = () => FastCounterModule.forRoot({ queue } as FastCounterOptions);
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow(reason);
  });

  test('works with the settings that both drivers have', async () => {
    const settings = { lockDuration: 2000, lockRenewTime: 500, stalledInterval: 1000 };
    const app = await start({
      imports: [
        await database(),
        FastCounterModule.forRoot({
          redis: redis(),
          namespace: freshNamespace(),
          queue: { driver: 'bullmq', count: 1, settings: { ...settings, drainDelay: 1 } },
        }),
      ],
    });
    const counters = app.get(CounterService);
    await counters.incr('views');
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'views', value: 1 }]);
  });

  // as in a deployment that goes from one to the other
  test('and Bull may share a namespace: both count, and all of it arrives once', async () => {
    const first = await startApplication();
    const { namespace, databaseUrl, row } = first;
    const second = await startApplication({ namespace, databaseUrl, queue: { driver: 'bullmq' } });
    onTestFinished(second.close);
    const names = Array.from({ length: 30 }, (_, index) => `both-${index}`);
    for (let round = 0; round < 5; round++) {
      for (const { counters } of [first, second]) {
        await counters.incrMany(names.map((name) => ({ name })));
        await counters.flush(names.slice(round, round + 5));
      }
    }
    await first.counters.flush();
    const rows = await Promise.all(names.map(row));
    expect(rows).toEqual(names.map(() => 10n));
    // what only a job of the other driver would bring, the process that sweeps brings
    await first.counters.incr('left', 3, { updateInterval: 200 });
    await first.close();
    await expect.poll(() => second.row('left')).toBe(3n);
  });
});
