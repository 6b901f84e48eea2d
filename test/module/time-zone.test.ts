import { expect, test } from 'vitest';
import {
  CounterService,
  FastCounterModule,
  MeteringService,
  TimeZoneMismatchError,
} from '../../lib/index.js';
import { database, freshDatabase, freshNamespace, redis, start } from './start.js';

const options = (namespace: string, timeZone?: string, workers = true) =>
  FastCounterModule.forRoot({
    redis: redis(),
    namespace,
    workers,
    windows: { timeZone, counters: [{ prefix: '', windows: ['day'] }] },
  });

test('another time zone is refused at start-up, with what to do', async () => {
  const namespace = freshNamespace();
  const url = await freshDatabase();
  const run = async (timeZone?: string) =>
    start({ imports: [await database({ url }), options(namespace, timeZone)] });
  const utc = await run();
  await utc.get(CounterService).incr('kept', 3);
  await utc.close();

  const error = await run('Asia/Tokyo').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(TimeZoneMismatchError);
  const { message } = error as Error;
  expect(message).toContain('"windows.timeZone" is Asia/Tokyo');
  expect(message).toContain(`"${namespace}" counts in UTC`);
  expect(message).toContain('flush()');
  const again = (await run('UTC')).get(CounterService);
  expect(await again.getCount('kept')).toBe(3);
});

test('of two that started at once in different zones only the first to count counts', async () => {
  const namespace = freshNamespace();
  const url = await freshDatabase();
  const make = async (timeZone: string, synchronize: boolean) =>
    start({
      imports: [
        await database({ url, synchronize }),
        // a sweeper would be the first to count
        options(namespace, timeZone, false),
      ],
    });
  const first = (await make('Europe/Berlin', true)).get(CounterService);
  const lisbon = await make('Europe/Lisbon', false);
  const [second, metering] = [lisbon.get(CounterService), lisbon.get(MeteringService)];
  await first.incr('a');
  const refused = { status: 'rejected', reason: { code: 'TIME_ZONE_MISMATCH' } };
  // nor takes from a quota, nor reads: its day is another one
  const calls = await Promise.allSettled([
    second.incr('a'),
    second.tryIncr('a', 1, { max: 10 }),
    second.getCount('a'),
    metering.series('a', { window: 'day', from: new Date() }),
  ]);
  expect(calls).toMatchObject([refused, refused, refused, refused]);
  expect(await first.getCount('a')).toBe(1);
});
