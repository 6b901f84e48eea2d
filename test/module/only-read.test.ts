import { Logger } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, expect, test, vi, type MockInstance } from 'vitest';
import {
  CounterService,
  fastCounterEntities,
  FastCounterModule,
  MeteringService,
} from '../../lib/index.js';
import { database, freshDatabase, freshNamespace, moduleOf, redis } from './start.js';

/** Longer than two looks for hooks that did not come, and a tick of a worker, in milliseconds. */
const PATIENCE = 60_000;
const QUIET = { logger: false, abortOnError: false } as const;

interface Services {
  counters: CounterService;
  metering: MeteringService;
}

const READS: Record<string, (services: Services) => Promise<unknown>> = {
  'getCount()': ({ counters }) => counters.getCount('seen'),
  'list()': ({ counters }) => counters.list(),
  'status()': ({ counters }) => counters.status(),
  'flush()': ({ counters }) => counters.flush([]),
  'total()': ({ metering }) => metering.total('seen'),
};

const ASKED = [
  ...Object.keys(READS).map((call) => ({ mode: 'redis', call })),
  { mode: 'embedded', call: 'getCount()' },
];

let warn: MockInstance<Logger['warn']>;
beforeAll(() => {
  warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterAll(() => warn.mockRestore());

const told = (namespace: string): string[] =>
  warn.mock.calls
    .map(([message]) => String(message))
    .filter((line) => line.includes(namespace) && line.includes('Nest did not call the hooks'));

/** A process that counts and does not persist has ended. */
async function leaveBehind(url: string, options: object): Promise<void> {
  const counting = FastCounterModule.forRoot({ ...options, workers: false });
  const imports = [await database({ url }), counting];
  const app = await NestFactory.createApplicationContext(moduleOf({ imports }), QUIET);
  await app.get(CounterService).incr('seen', 2, { updateInterval: 0 });
  await app.close();
}

test.concurrent.for(ASKED.map(({ mode, call }) => ({ mode, call, read: READS[call] })))(
  'a lazily loaded module that is only asked, by $call, is told once, and persists what others left: $mode',
  { timeout: 2 * PATIENCE },
  async ({ mode, read }, { expect }) => {
    const url = await freshDatabase();
    const namespace = freshNamespace();
    const options = { namespace, ...(mode === 'redis' ? { redis: redis() } : {}) };
    if (mode === 'redis') await leaveBehind(url, options);
    const imports = [await database({ url, entities: fastCounterEntities })];
    const app = await NestFactory.createApplicationContext(moduleOf({ imports }), QUIET);
    const lazy = moduleOf({ imports: [FastCounterModule.forRoot(options)] });
    const loaded = await app.get(LazyModuleLoader).load(() => lazy);
    const counters = loaded.get(CounterService, { strict: false });
    await read?.({ counters, metering: loaded.get(MeteringService, { strict: false }) });
    await expect.poll(() => told(namespace), { timeout: PATIENCE }).toHaveLength(1);
    const left = mode === 'redis' ? [{ name: 'seen', value: 2 }] : [];
    await expect.poll(() => counters.list(), { timeout: PATIENCE }).toMatchObject(left);
    // embedded there is nothing to see of a worker but that a count arrives
    await counters.incr('late', 1, { updateInterval: 0 });
    await expect.poll(() => counters.list(), { timeout: PATIENCE }).toHaveLength(left.length + 1);
    const { problems } = await counters.status();
    expect(problems.map(({ code }) => code)).toEqual(['FC-NOT-STARTED']);
    await app.close();
    expect(told(namespace)).toHaveLength(1);
  },
);

test('an application whose start takes long is told nothing, though it is asked before its hooks come', async () => {
  const intervals = vi.spyOn(globalThis, 'setInterval');
  const look = (): void => {
    for (const [call] of intervals.mock.calls) if (String(call).includes('startNeglected')) call();
  };
  const namespace = freshNamespace();
  const early = {
    provide: 'EARLY',
    inject: [CounterService],
    useFactory: async (counters: CounterService) => {
      await counters.incr('seen');
      await counters.getCount('seen');
      look();
      // the hooks of other modules may take longer than the look for ours
      return { onModuleInit: () => [1, 2, 3].forEach(look) };
    },
  };
  const imports = [await database(), FastCounterModule.forRoot({ namespace, redis: redis() })];
  const app = await NestFactory.createApplicationContext(
    moduleOf({ imports, providers: [early] }),
    QUIET,
  );
  intervals.mockRestore();
  const { problems } = await app.get(CounterService).status();
  expect(problems).toEqual([]);
  await app.close();
  expect(told(namespace)).toEqual([]);
});
