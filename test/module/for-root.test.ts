import { createClient } from '@keyv/redis';
import { InjectQueue, getQueueToken } from '@nestjs/bull';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { Queue } from 'bull';
import type { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  CounterEvents,
  CounterService,
  FAST_COUNTER_OPTIONS,
  FastCounterModule,
  type FastCounterOptions,
} from '../../lib/index.js';
import {
  database,
  freshDatabase,
  freshNamespace,
  moduleOf,
  redis,
  redisAdmin,
  start,
} from './start.js';

const value = async (dataSource: DataSource, name: string): Promise<string | undefined> => {
  const rows = await dataSource.query<{ value: string }[]>(
    'SELECT value FROM fast_counter WHERE name = $1',
    [name],
  );
  return rows[0]?.value;
};

describe('forRoot()', () => {
  test('counts without any option, and says that it does so in this process', async () => {
    const log = vi.spyOn(Logger.prototype, 'log');
    onTestFinished(() => log.mockRestore());
    const app = await start({ imports: [await database(), FastCounterModule.forRoot()] });
    const counters = app.get(CounterService);
    await counters.incr('embedded');
    await counters.flush();
    expect(await value(app.get(getDataSourceToken()), 'embedded')).toBe('1');
    const lines = log.mock.calls.map(([line]) => String(line));
    expect(lines.filter((line) => line.includes('memory of this process'))).toHaveLength(1);
  });

  test.each([
    ['redis', () => FastCounterModule.forRoot({ redis: undefined })],
    ['cache', () => FastCounterModule.forRoot({ cache: undefined })],
    ['redis', () => FastCounterModule.forRootAsync({ useFactory: () => ({ redis: undefined }) })],
    [
      'redis',
      () =>
        FastCounterModule.forRootAsync({
          useFactory: () => ({ redis: process.env.NO_SUCH_VARIABLE, updateInterval: 1000 }),
        }),
    ],
  ])('warns where %s was to be given, and has no value', async (key, make) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    onTestFinished(() => warn.mockRestore());
    await start({ imports: [await database(), make()] });
    const lines = warn.mock.calls.map(([line]) => String(line));
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(`^default: Counting embedded.*Option "${key}" was given as undefined`),
      ),
    ]);
  });

  test('warns of nothing where it is left out, or the other one is given', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    onTestFinished(() => warn.mockRestore());
    const given = { redis: redis(), cache: undefined, namespace: freshNamespace() };
    for (const counting of [
      FastCounterModule.forRoot(),
      FastCounterModule.forRootAsync({ useFactory: () => ({}) }),
      FastCounterModule.forRoot(given),
    ]) {
      await start({ imports: [await database(), counting] });
    }
    const lines = warn.mock.calls.map(([line]) => String(line));
    expect(lines.filter((line) => line.includes('undefined'))).toEqual([]);
  });

  test('says nothing of the kind with Redis', async () => {
    const log = vi.spyOn(Logger.prototype, 'log');
    onTestFinished(() => log.mockRestore());
    const counting = FastCounterModule.forRoot({ redis: redis(), namespace: freshNamespace() });
    await start({ imports: [await database(), counting] });
    const lines = log.mock.calls.map(([line]) => String(line));
    expect(lines.filter((line) => line.includes('memory of this process'))).toEqual([]);
  });

  test('takes Redis as URL and as options', async () => {
    const { hostname, port } = new URL(redis());
    const url = await freshDatabase();
    const namespace = freshNamespace();
    const byUrl = await start({
      imports: [await database({ url }), FastCounterModule.forRoot({ redis: redis(), namespace })],
    });
    const byOptions = await start({
      imports: [
        await database({ url }),
        FastCounterModule.forRoot({ redis: { host: hostname, port: Number(port) }, namespace }),
      ],
    });
    await byUrl.get(CounterService).incr('same', 2);
    expect(await byOptions.get(CounterService).getCount('same')).toBe(2);
  });

  test('provides service, events and checked options to every module', async () => {
    @Injectable()
    class Views {
      constructor(
        readonly counters: CounterService,
        readonly events: CounterEvents,
        @Inject(FAST_COUNTER_OPTIONS) readonly options: FastCounterOptions,
      ) {}
    }
    const feature = moduleOf({ providers: [Views] });
    const app = await start({
      imports: [await database(), FastCounterModule.forRoot({ updateInterval: 77 }), feature],
    });
    const views = app.get(Views, { strict: false });
    expect(views.counters).toBe(app.get(CounterService));
    expect(views.events).toBe(app.get(CounterEvents));
    expect(views.options).toMatchObject({ updateInterval: 77, namespace: 'default' });
  });

  test('registers five Bull queues, to be injected by name', async () => {
    @Injectable()
    class Dashboard {
      constructor(@InjectQueue('PersistCounter0') readonly queue: Queue) {}
    }
    const counting = FastCounterModule.forRoot({ redis: redis(), namespace: freshNamespace() });
    const feature = moduleOf({ providers: [Dashboard] });
    const app = await start({ imports: [await database(), counting, feature] });
    for (const index of [0, 1, 2, 3, 4]) {
      const queue = app.get<Queue>(getQueueToken(`PersistCounter${index}`));
      expect(queue.name).toBe(`PersistCounter${index}`);
    }
    expect(() => app.get<Queue>(getQueueToken('PersistCounter5'))).toThrow();
    const { queue } = app.get(Dashboard, { strict: false });
    expect(queue).toBe(app.get(getQueueToken('PersistCounter0')));
    expect(await queue.getFailedCount()).toBe(0);
  });

  test('names and counts the queues as told', async () => {
    const counting = FastCounterModule.forRoot({
      redis: redis(),
      namespace: freshNamespace(),
      queue: { prefix: 'Views.', count: 2 },
    });
    const app = await start({ imports: [await database(), counting] });
    expect(app.get<Queue>(getQueueToken('Views.1')).name).toBe('Views.1');
    expect(() => app.get<Queue>(getQueueToken('Views.2'))).toThrow();
    expect(() => app.get<Queue>(getQueueToken('PersistCounter0'))).toThrow();
    const counters = app.get(CounterService);
    const names = Array.from({ length: 50 }, (_, index) => `queued-${index}`);
    await counters.incrMany(names.map((name) => ({ name })));
    await counters.flush();
    expect(await counters.list()).toHaveLength(50);
  });

  test('leaves no finished job and no plain string behind in Redis', async () => {
    const namespace = freshNamespace();
    const counting = FastCounterModule.forRoot({ redis: redis(), namespace });
    const app = await start({ imports: [await database(), counting] });
    const counters = app.get(CounterService);
    await counters.incrMany(Array.from({ length: 50 }, (_, index) => ({ name: `job-${index}` })));
    await counters.flush();
    const queue = app.get<Queue>(getQueueToken('PersistCounter0'));
    await expect.poll(() => queue.getCompletedCount()).toBe(0);

    const client = createClient({ url: redisAdmin() });
    await client.connect();
    onTestFinished(() => client.destroy());
    const keys = await client.keys(`*${namespace}*`);
    expect(keys.length).toBeGreaterThan(5);
    for (const key of keys) {
      expect(key).toMatch(new RegExp(`^fastcounter:\\{${namespace}:\\d\\}::`));
      if (/::(bull|base):/.test(key)) continue;
      expect(await client.type(key), key).not.toBe('string');
    }
  });

  test('two namespaces share a table and a Redis and keep apart', async () => {
    const url = await freshDatabase();
    const [one, two] = await Promise.all(
      [1, 2].map(async () => {
        const counting = FastCounterModule.forRoot({ redis: redis(), namespace: freshNamespace() });
        return { imports: [await database({ url, synchronize: false }), counting] };
      }),
    );
    await start({ imports: [await database({ url }), FastCounterModule.forRoot()] });
    const first = (await start(one ?? {})).get(CounterService);
    const second = (await start(two ?? {})).get(CounterService);
    const same = { idempotencyKey: 'order-1' };
    await Promise.all([first.incr('shared', 1, same), second.incr('shared', 10, same)]);
    await Promise.all([first.flush(), second.flush()]);
    expect([await first.getCount('shared'), await second.getCount('shared')]).toEqual([1, 10]);
    expect(await first.list()).toMatchObject([{ name: 'shared', value: 1 }]);
    expect(await second.list()).toMatchObject([{ name: 'shared', value: 10 }]);
    await first.delete('shared');
    await first.flush();
    expect(await first.list()).toEqual([]);
    expect(await second.getCount('shared')).toBe(10);
    expect(await second.list()).toMatchObject([{ value: 10 }]);
  });
});
