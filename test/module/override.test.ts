import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  COUNTER_STORE,
  type CounterCache,
  CounterService,
  type CounterStore,
  FastCounterModule,
  MeteringService,
  PERSIST_QUEUE,
  type PersistQueue,
} from '../../lib/index.js';
import { MemoryCounterCache } from '../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../lib/cache/memory/state/memory-states.js';
import { DEFAULT_TIMINGS } from '../../lib/cache/cache-timings.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { InProcessQueue } from '../../lib/queue/in-process-queue.js';
import { database, freshDatabase } from './start.js';

/** Writes down which methods are called, and lets them do their work. */
function recording<Port extends object>(real: Port, calls: string[]): Port {
  return new Proxy(real, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      if (typeof found !== 'function') return found;
      return (...args: unknown[]): unknown => {
        calls.push(String(key));
        return Reflect.apply(found, target, args);
      };
    },
  });
}

/** Takes connections, and answers nothing. */
async function silentServer(): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `redis://127.0.0.1:${port}`, connections: () => connections };
}

async function counting(
  override: (builder: TestingModuleBuilder) => TestingModuleBuilder,
): Promise<CounterService> {
  const imports = [await database(), FastCounterModule.forRoot({ updateInterval: 3_600_000 })];
  const app = await override(Test.createTestingModule({ imports })).compile();
  await app.init();
  onTestFinished(() => app.close());
  return app.get(CounterService);
}

describe('overrideProvider()', () => {
  test('puts another store under the module', async () => {
    const calls: string[] = [];
    const counters = await counting((builder) =>
      builder.overrideProvider(COUNTER_STORE).useFactory({
        inject: [getDataSourceToken()],
        factory: (dataSource: DataSource): CounterStore =>
          recording(
            new SqlCounterStore(dataSource, { counters: 'default', ledger: 'default' }),
            calls,
          ),
      }),
    );
    await counters.incr('stored', 3);
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'stored', value: 3 }]);
    expect(calls).toEqual(expect.arrayContaining(['seed', 'apply', 'list']));
  });

  test('puts another queue under the module', async () => {
    const calls: string[] = [];
    const counters = await counting((builder) =>
      builder.overrideProvider(PERSIST_QUEUE).useFactory({
        factory: (): PersistQueue => recording(new InProcessQueue(), calls),
      }),
    );
    await counters.incr('queued');
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'queued', value: 1 }]);
    expect(calls).toEqual(expect.arrayContaining(['work', 'trigger']));
  });

  test('puts another cache under the module', async () => {
    const calls: string[] = [];
    const counters = await counting((builder) =>
      builder.overrideProvider(COUNTER_CACHE).useFactory({
        factory: (): CounterCache =>
          recording(
            new MemoryCounterCache(
              new MemoryStates(),
              { queues: 5, timeZone: 'UTC' },
              DEFAULT_TIMINGS,
            ),
            calls,
          ),
      }),
    );
    await counters.incr('cached');
    expect(await counters.getCount('cached')).toBe(1);
    await counters.flush();
    expect(calls).toEqual(expect.arrayContaining(['seed', 'add', 'look', 'claim', 'acknowledge']));
  });

  test('puts a double of the service into whatever injects it', async () => {
    const double = { incr: () => Promise.resolve() };
    const counters = await counting((builder) =>
      builder.overrideProvider(CounterService).useValue(double),
    );
    expect(counters).toBe(double);
  });

  test.each(['compiled', 'started'])(
    'a double of the service needs no Redis: the module is %s, and nothing connects',
    async (how) => {
      const redis = await silentServer();
      const double = { incr: vi.fn(() => Promise.resolve()) };
      const imports = [await database(), FastCounterModule.forRoot({ redis: redis.url })];
      const app = await Test.createTestingModule({ imports })
        .overrideProvider(CounterService)
        .useValue(double)
        .compile();
      if (how === 'started') await app.init();
      await app.get(CounterService).incr('doubled');
      await app.close();
      await setImmediate();
      expect(double.incr).toHaveBeenCalledOnce();
      expect(redis.connections()).toBe(0);
    },
  );

  test('beside a double of the service, what counts without it arrives', async () => {
    const told = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    onTestFinished(() => told.mockRestore());
    const imports = [await database({ url: await freshDatabase() }), FastCounterModule.forRoot()];
    const app = await Test.createTestingModule({ imports })
      .overrideProvider(CounterService)
      .useValue({})
      .compile();
    await app.init();
    await app.get(MeteringService).consume('quota', { limit: 5, delta: 2 });
    const persisted = app.get<CounterStore>(COUNTER_STORE);
    const apply = vi.spyOn(persisted, 'apply');
    await app.close();
    const [[, batch] = []] = apply.mock.calls;
    expect(batch?.entries).toMatchObject([{ name: 'quota', delta: '2' }]);
    expect(told).not.toHaveBeenCalled();
  });
});
