import { createCache } from 'cache-manager';
import { expect, test } from 'vitest';
import { CounterService, FastCounterModule, QueueCountMismatchError } from '../../lib/index.js';
import { database, freshDatabase, freshNamespace, redis, start } from './start.js';

test('another number of queues is refused at start-up, with what to do', async () => {
  const namespace = freshNamespace();
  const url = await freshDatabase();
  const run = async (count: number | undefined) =>
    start({
      imports: [
        await database({ url }),
        FastCounterModule.forRoot({ redis: redis(), namespace, queue: { count } }),
      ],
    });
  const five = await run(undefined);
  await five.get(CounterService).incr('kept', 3);
  await five.close();

  for (const count of [1, 4, 6]) {
    const error = await run(count).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(QueueCountMismatchError);
    const { message } = error as Error;
    expect(message).toContain(`"queue.count" is ${count}`);
    expect(message).toContain('5 queues');
    expect(message).toContain(namespace);
    expect(message).toContain('flush()');
  }
  const again = (await run(5)).get(CounterService);
  expect(await again.getCount('kept')).toBe(3);
});

test('of two that started at once with different numbers only the first to count counts', async () => {
  const namespace = freshNamespace();
  const url = await freshDatabase();
  const make = async (count: number, synchronize: boolean) => ({
    imports: [
      await database({ url, synchronize }),
      FastCounterModule.forRoot({
        redis: redis(),
        namespace,
        queue: { count },
        // a sweeper would be the first to count
        workers: false,
      }),
    ],
  });
  const first = (await start(await make(2, true))).get(CounterService);
  const second = (await start(await make(3, false))).get(CounterService);
  const names = Array.from({ length: 30 }, (_, index) => `raced-${index}`);
  await first.incrMany(names.map((name) => ({ name })));
  const calls = await Promise.allSettled(names.map((name) => second.incr(name)));
  for (const call of calls) {
    expect(call).toMatchObject({ status: 'rejected', reason: { code: 'QUEUE_COUNT_MISMATCH' } });
  }
  // nor reads: it would look for some counters where they are not
  for (const read of await Promise.allSettled(names.map((name) => second.getCount(name)))) {
    expect(read).toMatchObject({ status: 'rejected', reason: { code: 'QUEUE_COUNT_MISMATCH' } });
  }
  expect(await first.getCounts(names)).toEqual(names.map(() => 1));
});

test('embedded, another number of queues finds what was persisted', async () => {
  const url = await freshDatabase();
  const cache = createCache();
  const run = async (count: number) =>
    start({
      imports: [await database({ url }), FastCounterModule.forRoot({ cache, queue: { count } })],
    });
  const first = await run(5);
  await first.get(CounterService).incr('kept', 3);
  await first.close();
  const second = (await run(2)).get(CounterService);
  await second.incr('kept', 4);
  expect(await second.getCount('kept')).toBe(7);
  await second.flush();
  expect(await second.list()).toMatchObject([{ name: 'kept', value: 7 }]);
});
