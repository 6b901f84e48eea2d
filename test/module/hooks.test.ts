import { Logger, Module } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CounterService, fastCounterEntities, FastCounterModule } from '../../lib/index.js';
import { database, freshDatabase, freshNamespace, moduleOf, redis, start } from './start.js';

const MODES = ['redis', 'embedded'] as const;
const HOOKS = /Nest did not call the hooks/;

function warnings(): () => string[] {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  return () => warn.mock.calls.map(([message]) => String(message));
}

/** What another start finds. */
async function foundLater(url: string, options: object): Promise<number> {
  const imports = [await database({ url }), FastCounterModule.forRoot(options)];
  return (await start({ imports })).get(CounterService).getCount('seen');
}

test.each(MODES)('compile() without init() is told, and keeps the counts: %s', async (mode) => {
  const told = warnings();
  const url = await freshDatabase();
  const options = {
    namespace: freshNamespace(),
    ...(mode === 'redis' ? { redis: redis() } : {}),
  };
  const app = await Test.createTestingModule({
    imports: [await database({ url }), FastCounterModule.forRoot(options)],
  }).compile();
  await app.get(CounterService).incr('seen', 3);
  await app.close();
  expect(told().filter((line) => HOOKS.test(line))).toHaveLength(1);
  expect(await foundLater(url, options)).toBe(3);
});

test.each(MODES)('a lazily loaded module is told, and persists: %s', async (mode) => {
  const told = warnings();
  const url = await freshDatabase();
  const options = {
    namespace: freshNamespace(),
    ...(mode === 'redis' ? { redis: redis() } : {}),
  };
  const dataSource = await database({ url, entities: fastCounterEntities });
  const app = await NestFactory.createApplicationContext(moduleOf({ imports: [dataSource] }), {
    logger: false,
    abortOnError: false,
  });
  const lazy = moduleOf({ imports: [FastCounterModule.forRoot(options)] });
  const reference = await app.get(LazyModuleLoader).load(() => lazy);
  const counters = reference.get(CounterService, { strict: false });
  await counters.incr('seen', 2, { updateInterval: 0 });
  // Nest calls no hook of such a module, not even at close
  await expect.poll(() => counters.list()).toHaveLength(1);
  const { problems } = await counters.status();
  expect(problems.map(({ code }) => code)).toEqual(['FC-NOT-STARTED']);
  await app.close();
  expect(told().filter((line) => HOOKS.test(line))).toHaveLength(1);
  expect(await foundLater(url, options)).toBe(2);
});

test.each(MODES)(
  'a lazily loaded module delivers what it has when it is closed: %s',
  async (mode) => {
    warnings();
    const url = await freshDatabase();
    const options = {
      namespace: freshNamespace(),
      updateInterval: 3_600_000,
      ...(mode === 'redis' ? { redis: redis() } : {}),
    };
    const dataSource = await database({ url, entities: fastCounterEntities });
    const app = await NestFactory.createApplicationContext(moduleOf({ imports: [dataSource] }), {
      logger: false,
      abortOnError: false,
    });
    const lazy = moduleOf({ imports: [FastCounterModule.forRoot(options)] });
    const reference = await app.get(LazyModuleLoader).load(() => lazy);
    const counters = reference.get(CounterService, { strict: false });
    await counters.incr('seen', 2);
    const last = counters.incr('seen', 3);
    await app.close();
    await last;
    await expect(counters.incr('seen')).rejects.toMatchObject({ code: 'SHUT_DOWN' });
    expect(await foundLater(url, options)).toBe(5);
  },
);

test('increments of an application that starts, and of one without counts, are told nothing', async () => {
  const told = warnings();
  @Module({})
  class Unused {}
  const app = await Test.createTestingModule({
    imports: [Unused, await database(), FastCounterModule.forRoot({ namespace: freshNamespace() })],
  }).compile();
  await app.close();
  const early = {
    provide: 'EARLY',
    inject: [CounterService],
    useFactory: (counters: CounterService) => ({
      onModuleInit: () => counters.incr('early'),
    }),
  };
  const imports = [
    await database(),
    FastCounterModule.forRoot({ namespace: freshNamespace(), redis: redis() }),
  ];
  const started = await start({ imports, providers: [early] });
  await started.close();
  expect(told().filter((line) => HOOKS.test(line))).toEqual([]);
});

test('nothing is said any more of an application that is closed', async () => {
  const made = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  const ended = vi.spyOn(globalThis, 'clearInterval');
  onTestFinished(() => [made, cleared, ended].forEach((spy) => spy.mockRestore()));
  const imports = [await database(), FastCounterModule.forRoot({ namespace: freshNamespace() })];
  const app = await start({ imports });
  const waiting = made.mock.calls
    .map(([call, delay], index) => ({ call: String(call), delay, timer: made.mock.results[index] }))
    .filter(({ call }) => call.includes('warnWithoutHooks'));
  expect(waiting).toHaveLength(1);
  await app.close();
  const over: unknown[] = [...cleared.mock.calls, ...ended.mock.calls].map(([timer]) => timer);
  expect(over).toContain(waiting[0]?.timer?.value);
});

test.each([
  ['has no listener for signals, is told that enableShutdownHooks() seems to be missing', 0],
  ['has one, is told nothing', 1],
])('an application whose process %s', async (_what, listeners) => {
  const told = warnings();
  const made = vi.spyOn(globalThis, 'setTimeout');
  // of signals only: what a process is sent while it seems to have no listener for messages never arrives
  const count = process.listenerCount.bind(process);
  const counted = vi
    .spyOn(process, 'listenerCount')
    .mockImplementation((event) => (String(event).startsWith('SIG') ? listeners : count(event)));
  onTestFinished(() => [made, counted].forEach((spy) => spy.mockRestore()));
  const imports = [await database(), FastCounterModule.forRoot({ namespace: freshNamespace() })];
  await start({ imports });
  const waiting = made.mock.calls.filter(([call]) => String(call).includes('warnWithoutHooks'));
  expect(waiting.map(([, delay]) => delay)).toEqual([5000]);
  expect(told()).toEqual([]);
  for (const [call] of waiting) call();
  expect(told()).toHaveLength(1 - listeners);
  expect(told().join()).toMatch(listeners === 0 ? /enableShutdownHooks\(\) was not called/ : /^$/);
});
