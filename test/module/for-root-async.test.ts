import { Socket } from 'node:net';
import { getQueueToken } from '@nestjs/bull';
import { Inject, Injectable, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { Queue } from 'bull';
import type { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  CounterService,
  FAST_COUNTER_OPTIONS,
  type FastCounterFactoryOptions,
  type FastCounterAsyncOptions,
  FastCounterModule,
  type FastCounterOptions,
  type FastCounterOptionsFactory,
} from '../../lib/index.js';
import { database, freshNamespace, moduleOf, redis, start } from './start.js';

const SETTINGS = Symbol('SETTINGS');

@Module({
  providers: [{ provide: SETTINGS, useFactory: () => ({ interval: 1234 }) }],
  exports: [SETTINGS],
})
class SettingsModule {}

@Injectable()
class OptionsFactory implements FastCounterOptionsFactory {
  constructor(@Inject(SETTINGS) private readonly settings: { interval: number }) {}

  createFastCounterOptions(): Promise<FastCounterFactoryOptions> {
    return Promise.resolve({ updateInterval: this.settings.interval });
  }
}

@Module({ imports: [SettingsModule], providers: [OptionsFactory], exports: [OptionsFactory] })
class FactoryModule {}

/** The ports to which this process connects from now on. */
function connectedPorts(): () => number[] {
  const connect = vi.spyOn(Socket.prototype, 'connect');
  onTestFinished(() => connect.mockRestore());
  return () =>
    connect.mock.calls.map((call) => {
      const [first] = call.flat() as unknown[];
      return Number((first as { port?: unknown } | undefined)?.port ?? first);
    });
}

const portOf = (url: string): number => Number(new URL(url).port);

describe('forRootAsync()', () => {
  test.each([
    [
      'useFactory with imports and inject',
      () =>
        FastCounterModule.forRootAsync({
          imports: [SettingsModule],
          inject: [SETTINGS],
          useFactory: ({ interval }: { interval: number }) => ({ updateInterval: interval }),
        }),
    ],
    [
      'useClass',
      () => FastCounterModule.forRootAsync({ imports: [SettingsModule], useClass: OptionsFactory }),
    ],
    [
      'useExisting',
      () =>
        FastCounterModule.forRootAsync({ imports: [FactoryModule], useExisting: OptionsFactory }),
    ],
  ])('takes options from %s', async (_case, make) => {
    const app = await start({ imports: [await database(), make()] });
    expect(app.get<FastCounterOptions>(FAST_COUNTER_OPTIONS).updateInterval).toBe(1234);
    const counters = app.get(CounterService);
    await counters.incr('async', 2);
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'async', value: 2 }]);
  });

  test('calls the factory once, although queues and core both need its options', async () => {
    const useFactory = vi.fn(() => ({ redis: redis(), namespace: freshNamespace() }));
    const app = await start({
      imports: [await database(), FastCounterModule.forRootAsync({ useFactory })],
    });
    expect(useFactory).toHaveBeenCalledTimes(1);
    const counters = app.get(CounterService);
    await counters.incr('once');
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'once', value: 1 }]);
  });

  test('uses the Redis that the factory names, for cache and queues', async () => {
    const ports = connectedPorts();
    const counting = FastCounterModule.forRootAsync({
      queue: { prefix: 'Async', count: 3 },
      useFactory: async () => Promise.resolve({ redis: redis(), namespace: freshNamespace() }),
    });
    const app = await start({ imports: [await database(), counting] });
    const queue = app.get<Queue>(getQueueToken('Async2'));
    expect(queue.name).toBe('Async2');
    expect(() => app.get<Queue>(getQueueToken('Async3'))).toThrow();
    const counters = app.get(CounterService);
    await counters.incr('redis');
    await counters.flush();
    expect(ports()).toContain(portOf(redis()));
    expect(ports()).not.toContain(6379);
  });

  test('opens no connection to any Redis when the factory names none', async () => {
    const ports = connectedPorts();
    const counting = FastCounterModule.forRootAsync({ useFactory: () => ({}) });
    const app = await start({ imports: [await database(), counting] });
    const { options } = app.get<DataSource>(getDataSourceToken());
    const databasePort = portOf((options as { url: string }).url);
    const counters = app.get(CounterService);
    await counters.incr('embedded', 2);
    await counters.flush();
    await app.close();
    expect(ports().length).toBeGreaterThan(0);
    expect(new Set(ports())).toEqual(new Set([databasePort]));
  });

  test('the factory may hand over injected things of other modules', async () => {
    const feature = moduleOf({
      providers: [{ provide: 'NAMESPACE', useValue: 'from-elsewhere' }],
      exports: ['NAMESPACE'],
    });
    const counting = FastCounterModule.forRootAsync({
      imports: [feature],
      inject: ['NAMESPACE', { token: 'MISSING', optional: true }],
      useFactory: (namespace: string, missing?: string) => ({ namespace: missing ?? namespace }),
    });
    const app = await start({ imports: [await database(), counting] });
    const { namespace } = app.get<FastCounterOptions>(FAST_COUNTER_OPTIONS);
    expect(namespace).toBe('from-elsewhere');
  });

  test.each([
    [{ namespace: 'x' }, '"namespace" (given: "x") must come from the factory'],
    [{ redis: 'redis://user:secret@host' }, '"redis" (given: a string with'],
    [{ queue: { settings: {} } }, '"queue.settings" (given: {}) must come from the factory'],
  ])('what belongs into the answer of the factory is refused beside it: %j', (beside, words) => {
    const options = { ...beside, useFactory: () => ({}) } as FastCounterAsyncOptions;
    expect(() => FastCounterModule.forRootAsync(options)).toThrow(words);
  });

  test('a factory that fails keeps the application from starting', async () => {
    const counting = FastCounterModule.forRootAsync({
      useFactory: () => Promise.reject(new Error('no settings today')),
    });
    await expect(start({ imports: [await database(), counting] })).rejects.toThrow(
      'no settings today',
    );
  });
});
