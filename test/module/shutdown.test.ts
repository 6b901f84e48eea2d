import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  CounterService,
  FastCounterModule,
  PERSIST_QUEUE,
  type PersistQueue,
} from '../../lib/index.js';
import { database, freshDatabase, freshNamespace, redis, start } from './start.js';

const CALLS = 3000;
const NAMES = Array.from({ length: 700 }, (_, index) => `closing-${index}`);

const call = (counters: CounterService): Promise<void>[] =>
  Array.from({ length: CALLS }, (_, index) => counters.incr(NAMES[index % NAMES.length] ?? ''));

/** Has every send to the cache take its time. */
function slowDown(app: INestApplicationContext): void {
  const cache = app.get<CounterCache>(COUNTER_CACHE);
  const add = cache.add.bind(cache);
  vi.spyOn(cache, 'add').mockImplementation(async (...args) => {
    await sleep(200);
    return add(...args);
  });
}

/** Answers what was true when the workers had to stop. */
function whenWorkersStop<Value>(app: INestApplicationContext, ask: () => Value) {
  const queue = app.get<PersistQueue>(PERSIST_QUEUE);
  const close = queue.close.bind(queue);
  let answer: Value | undefined;
  vi.spyOn(queue, 'close').mockImplementation((deadline) => {
    answer = ask();
    return close(deadline);
  });
  return () => answer;
}

test('an application that closes as soon as it started leaves no rejection unhandled', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  for (let round = 0; round < 15; round++) {
    const counting = FastCounterModule.forRoot({ redis: redis(), namespace: freshNamespace() });
    const app = await start({ imports: [await database(), counting] });
    await app.close();
  }
  await sleep(50);
  expect(unhandled).not.toHaveBeenCalled();
});

test.each([
  { mode: 'redis', isGlobal: true },
  { mode: 'redis', isGlobal: false },
  { mode: 'embedded', isGlobal: true },
  { mode: 'embedded', isGlobal: false },
])('what is called before and while closing is counted: $mode, global $isGlobal', async (given) => {
  const { mode, isGlobal } = given;
  const url = await freshDatabase();
  const namespace = freshNamespace();
  const called: Promise<void>[] = [];
  let settled = 0;
  const callAndWatch = (counters: CounterService): void => {
    for (const promise of call(counters)) {
      called.push(promise);
      promise.then(
        () => settled++,
        () => undefined,
      );
    }
  };
  const run = async () => {
    const counting = FastCounterModule.forRoot({
      namespace,
      isGlobal,
      updateInterval: 3_600_000,
      ...(mode === 'redis' ? { redis: redis() } : {}),
    });
    // still counts in the last phase of closing, as requests under way do until HTTP is closed
    const lateCaller = {
      provide: 'LATE_CALLER',
      inject: [CounterService],
      useFactory: (late: CounterService) => ({
        onApplicationShutdown: () => {
          if (called.length === CALLS) callAndWatch(late);
        },
      }),
    };
    return start({ imports: [counting, await database({ url })], providers: [lateCaller] });
  };

  const first = await run();
  const counters = first.get(CounterService);
  slowDown(first);
  callAndWatch(counters);
  const settledAtStop = whenWorkersStop(first, () => settled);
  await first.close();
  expect(called).toHaveLength(2 * CALLS);
  await Promise.all(called);
  expect(settledAtStop()).toBe(2 * CALLS);
  await expect(counters.incr('too late')).rejects.toMatchObject({ code: 'SHUT_DOWN' });

  const second = await run();
  const counts = await second.get(CounterService).getCounts(NAMES);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2 * CALLS);
});
