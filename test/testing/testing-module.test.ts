import { setTimeout } from 'node:timers/promises';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  COUNTER_CACHE,
  COUNTER_STORE,
  CountCalls,
  CounterEvents,
  CounterService,
  FAST_COUNTER_OPTIONS,
  FastCounterModule,
  getCounterToken,
  InvalidOptionsError,
  MeteringService,
  type NamedCounter,
  ParkedCounts,
  type ports,
  Quota,
  type ResolvedOptions,
} from '../../lib/index.js';
import { clearCounters, FastCounterTestingModule } from '../../lib/testing/index.js';
import { compile } from './start.js';

@Injectable()
class Downloads {
  constructor(private readonly counters: CounterService) {}

  start(file: string): Promise<void> {
    return this.counters.incr(`downloads:${file}`);
  }
}

@Controller('reports')
class Reports {
  @Get()
  @CountCalls({ name: 'reports', windows: ['day'] })
  list(): string[] {
    return ['sales'];
  }

  @Get('limited')
  @Quota({ name: 'limited', limit: 2, window: 'month' })
  limited(): string {
    return 'in';
  }
}

describe('without Redis and without a database', () => {
  test('a service counts as soon as the testing module is compiled', async () => {
    const module = await compile({}, { providers: [Downloads] });
    const counters = module.get(CounterService);
    const downloads = module.get(Downloads);
    await downloads.start('a.pdf');
    await downloads.start('a.pdf');
    expect(await counters.getCount('downloads:a.pdf')).toBe(2);
  });

  test('every method of the services works: it is the shipped code', async () => {
    const module = await compile();
    const counters = module.get(CounterService);
    await counters.incrMany([{ name: 'a', delta: 5 }, { name: 'b' }]);
    expect(await counters.incrAndGet('a', 2)).toBe(7);
    expect(await counters.tryIncr('a', 1, { max: 7 })).toBe(false);
    await counters.set('b', 40);
    expect(await counters.reset('b')).toBe(40);
    await counters.incr('once', 1, { idempotencyKey: 'k' });
    await counters.incr('once', 1, { idempotencyKey: 'k' });
    expect(await counters.getCounts(['a', 'b', 'once'])).toEqual([7, 0, 1]);
    await counters.flush();
    expect((await counters.list({ prefix: 'a' })).map(({ value }) => value)).toEqual([7]);
    await counters.delete('a');
    await counters.flush();
    expect((await counters.list()).map(({ name }) => name)).toEqual(['once']);
    expect(await module.get(ParkedCounts).list()).toEqual([]);
    expect((await counters.status()).problems).toEqual([]);

    const metering = module.get(MeteringService);
    await metering.record('api', 3, { dimensions: { tenant: 'acme' }, windows: ['day'] });
    const consumed = await metering.consume('api', {
      ...({ limit: 4, window: 'day', dimensions: { tenant: 'acme' } } as const),
      delta: 2,
    });
    expect(consumed).toMatchObject({ allowed: false, used: 3, remaining: 1 });
  });

  test('what was merged into a counter that is full is refused once, and kept', async () => {
    const module = await compile();
    const counters = module.get(CounterService);
    const told: string[] = [];
    module.get(CounterEvents).on('outboxRefused', ({ reason }) => told.push(reason));
    await counters.incrMany([
      { name: 'full', delta: 2n ** 63n - 1n },
      { name: 'a', delta: 5 },
    ]);
    await counters.merge(['a'], 'full');
    await counters.flush();
    await counters.flush();
    expect(told).toEqual([expect.stringContaining('64-bit')]);
    const { outbox, problems } = await counters.status();
    expect(outbox).toMatchObject({ waiting: 0, refused: 1 });
    expect(problems.map(({ code }) => code)).toEqual(['FC-OUTBOX']);
    await clearCounters(module);
    const store = module.get<ports.CounterStore>(COUNTER_STORE);
    expect(await store.outbox.state()).toMatchObject({ waiting: 0, refused: 0 });
  });

  test('more increments than fit in one call, and in one batch, arrive', async () => {
    const counters = (await compile()).get(CounterService);
    const names = Array.from({ length: 3000 }, (_, index) => `many-${index}`);
    await counters.incrMany(names.map((name) => ({ name })));
    await counters.flush();
    expect(await counters.list({ prefix: 'many-', limit: 1000 })).toHaveLength(1000);
    const counted = await counters.getCounts(names);
    expect(counted.every((count) => count === 1)).toBe(true);
  });

  test('what a decorated method counted is in the next read', async () => {
    const module = await compile({}, { controllers: [Reports] });
    const reports = module.get(Reports);
    for (let calls = 1; calls <= 3; calls++) {
      reports.list();
      expect(await module.get(CounterService).getCount('reports')).toBe(calls);
    }
  });

  test('a read waits for what nobody awaits, however long that takes', async () => {
    const module = await compile({}, { controllers: [Reports] });
    const cache = module.get<ports.CounterCache>(COUNTER_CACHE);
    const add = cache.add.bind(cache);
    cache.add = async (...call) => {
      await setTimeout(20);
      return add(...call);
    };
    module.get(Reports).list();
    expect(await module.get(CounterService).getCount('reports')).toBe(1);
  });

  test('handles of forFeature() count, and watch() tells', async () => {
    const imports = [FastCounterModule.forFeature(['views'])];
    const module = await compile({}, { imports });
    await module.get<NamedCounter>(getCounterToken('views'), { strict: false }).incr(42);
    const watched = module.get(CounterService).watch(['views:42'], { every: 1000 });
    expect(await firstValueFrom(watched)).toEqual(new Map([['views:42', 1]]));
  });

  test('quotas are taken where requests come, and headers tell what is left', async () => {
    const module = await compile({}, { controllers: [Reports] });
    const app = module.createNestApplication({ logger: false });
    await app.listen(0);
    onTestFinished(() => app.close());
    const url = (await app.getUrl()).replace('[::1]', 'localhost');
    const answers: [number, string | null][] = [];
    for (let call = 0; call < 3; call++) {
      const { status, headers } = await fetch(`${url}/reports/limited`);
      answers.push([status, headers.get('RateLimit-Remaining')]);
    }
    expect(answers).toEqual([
      [200, '1'],
      [200, '0'],
      [429, '0'],
    ]);
    await fetch(`${url}/reports`);
    expect(await module.get(CounterService).getCount('reports')).toBe(1);
  });

  test('there are no transactions, and an increment with one is refused', async () => {
    const counters = (await compile()).get(CounterService);
    const counted = counters.incr('a', 1, { transaction: { queryRunner: {} } as never });
    await expect(counted).rejects.toThrow('needs counters that are kept in a database');
  });

  test('each testing module has counts of its own', async () => {
    const counting = FastCounterTestingModule.forRoot();
    const make = () => Test.createTestingModule({ imports: [counting] }).compile();
    const [one, other] = [await make(), await make()];
    await one.get(CounterService).incr('a');
    expect(await other.get(CounterService).getCount('a')).toBe(0);
    await Promise.all([one.close(), other.close()]);
  });

  test('after close() calls are refused, and those before it resolve', async () => {
    const module = await compile();
    const counters = module.get(CounterService);
    const counted = counters.incr('a');
    await module.close();
    await counted;
    await expect(counters.incr('a')).rejects.toMatchObject({ code: 'SHUT_DOWN' });
  });

  test('a double in the place of CounterService gets what decorated methods count', async () => {
    const counted: string[] = [];
    const double = { incr: (name: string) => Promise.resolve(void counted.push(name)) };
    const module = await Test.createTestingModule({
      imports: [FastCounterTestingModule.forRoot()],
      controllers: [Reports],
    })
      .overrideProvider(CounterService)
      .useValue(double)
      .compile();
    module.get(Reports).list();
    expect(counted).toEqual(['reports']);
    await module.close();
  });
});

describe('options', () => {
  test('say what is counted', async () => {
    const module = await compile({
      namespace: 'tests',
      updateInterval: 50,
      maxBufferedNames: 2,
      newCounterLimits: [{ prefix: 'user:', limit: 1 }],
      windows: {
        counters: [{ prefix: 'views:', windows: ['day'] }],
        timeZone: 'Europe/Berlin',
      },
      idempotencyTtl: 1000,
    });
    const { namespace, windows, idempotencyTtl } =
      module.get<ResolvedOptions>(FAST_COUNTER_OPTIONS);
    expect({ namespace, timeZone: windows.timeZone, idempotencyTtl }).toEqual({
      namespace: 'tests',
      timeZone: 'Europe/Berlin',
      idempotencyTtl: 1000,
    });
    const counters = module.get(CounterService);
    const full = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
    await expect(counters.incrMany(full)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await counters.incr('user:1');
    await counters.incr('user:2');
    expect(await counters.getCount('user:(other)')).toBe(1);
    await counters.incr('views:1');
    const today = new Date();
    const [day] = await module
      .get(MeteringService)
      .series('views:1', { window: 'day', from: today, to: new Date(today.getTime() + 1) });
    expect(day).toMatchObject({ value: 1 });
    const persisted: string[] = [];
    module.get(CounterEvents).on('persisted', () => persisted.push('persisted'));
    await counters.incr('soon');
    await expect.poll(() => persisted).not.toEqual([]);
  });

  test.each([
    ['redis', 'redis://localhost', 'there is no Redis'],
    ['cache', {}, 'there is no Redis'],
    ['allowEviction', true, 'there is no Redis'],
    ['durableClaims', {}, 'there is no Redis'],
    ['linger', 5, 'there is no Redis'],
    ['queue', { count: 2 }, 'there are no queues'],
    ['workers', true, 'there are no queues'],
    ['sweepInterval', 500, 'there are no queues'],
    ['dataSource', 'counts', 'there is no database'],
    ['databaseTimeout', 500, 'there is no database'],
    ['columns', [], 'there is no database'],
    ['name', 'billing', 'an application has one such module'],
    ['acknowledgeTimeout', 500, 'there is no server to wait for'],
    ['commandTimeout', 500, 'there is no server to wait for'],
    ['flushTimeout', 500, 'there is no server to wait for'],
    ['shutdownTimeout', 500, 'there is no server to wait for'],
  ])('of servers are refused in words: %s', (key, value, reason) => {
    const make = () => FastCounterTestingModule.forRoot({ [key]: value });
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow(
      `has no meaning in FastCounterTestingModule, as ${reason}: leave it out. Options there are namespace, updateInterval`,
    );
    expect(make).toThrow(`Option "${key}"`);
    expect(() => FastCounterTestingModule.forRoot({ [key]: undefined })).not.toThrow();
  });

  test('that are unknown or wrong are refused as ever', () => {
    const make = (options: object) => () => FastCounterTestingModule.forRoot(options);
    expect(make({ nameSpace: 'a' })).toThrow(
      'Option "nameSpace" (given: "a") is unknown; known to FastCounterTestingModule are namespace, updateInterval',
    );
    expect(make({ updateInterval: -1 })).toThrow('must be a whole number from 0 to 604800000');
    expect(make([])).toThrow('The options must be an object, not []');
  });

  test('isGlobal: false keeps the services to modules that import it', async () => {
    @Module({ providers: [Downloads] })
    class Inner {}
    const make = (isGlobal: boolean) =>
      Test.createTestingModule({
        imports: [FastCounterTestingModule.forRoot({ isGlobal }), Inner],
      }).compile();
    await expect(make(false)).rejects.toThrow(/can't resolve dependencies of the Downloads/);
    await (await make(true)).close();
  });
});

describe('in an application with another module that counts', () => {
  const messages = /twice, or beside FastCounterModule/;

  test('a second forRoot() is refused', async () => {
    const twice = Test.createTestingModule({
      imports: [FastCounterTestingModule.forRoot(), FastCounterTestingModule.forRoot({})],
    }).compile();
    await expect(twice).rejects.toThrow(messages);
  });

  test('it takes the place of FastCounterModule, where that is a constant', async () => {
    const counting = FastCounterModule.forRoot({ redis: 'redis://redis.in.production:6379' });
    @Module({ imports: [counting], providers: [Downloads] })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideModule(counting)
      .useModule(FastCounterTestingModule.forRoot())
      .compile();
    await module.get(Downloads).start('a.pdf');
    expect(await module.get(CounterService).getCount('downloads:a.pdf')).toBe(1);
    await module.close();
  });
});
