import { DataSource } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { CounterEvents, MeteringService, NewCounterLimitError } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useApplication, useTwins } from '../support/use-application.js';

const HOUR = 3_600_000;
const newCounterLimits = [
  { prefix: 'none:', limit: 0 },
  { prefix: 'few:', limit: 3, interval: HOUR, overflow: 'few' },
  { prefix: 'soon:', limit: 1, interval: 1_000 },
];
const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe.each(MODES)('a limit of new counters, %s', (mode) => {
  const started = useApplication({ mode, updateInterval: HOUR, newCounterLimits });

  test('lets so many come, and keeps the total of the others', async () => {
    const { counters, app, row } = started();
    const reports: unknown[] = [];
    app.get(CounterEvents).on('newCounterLimit', (report) => reports.push(report));
    const asked = names('few:', 10);
    await Promise.all(asked.map((name) => counters.incr(name, 2)));
    await counters.incrMany(asked.map((name) => ({ name, delta: 3 })));
    await Promise.all(asked.flatMap((name) => [counters.incr(name), counters.incr(name)]));
    const counts = await counters.getCounts(asked);
    expect(counts.filter((count) => count > 0)).toEqual([7, 7, 7]);
    expect(await counters.getCount('few')).toBe(49);
    expect(reports).toEqual([{ prefix: 'few:', limit: 3, interval: HOUR, overflow: 'few' }]);
    await counters.flush();
    expect(await row('few')).toBe(49n);
  });

  test('never holds back a counter that exists, in Redis or in the database', async () => {
    const { counters, dataSource, namespace, row } = started();
    await dataSource.query('INSERT INTO fast_counter VALUES ($1, $2, $3, now(), now())', [
      namespace,
      'none:persisted',
      '0',
    ]);
    expect(await counters.getCount('none:persisted')).toBe(0);
    await counters.incr('none:persisted', 5);
    expect(await counters.getCount('none:persisted')).toBe(5);
    await counters.flush();
    expect(await row('none:persisted')).toBe(5n);
  });

  test('holds for no other names, and its own overflow counter is none', async () => {
    const { counters } = started();
    await counters.incrMany(names('free:', 10).map((name) => ({ name })));
    expect(await counters.getCounts(names('free:', 10))).toEqual(Array(10).fill(1));
    await counters.incr('none:new', 4);
    await counters.incr('none:(other)', 1);
    expect(await counters.getCounts(['none:new', 'none:(other)'])).toEqual([0, 5]);
  });

  test('counts what needs a counter of its own not at all', async () => {
    const { counters, app } = started();
    const before = await counters.getCount('none:(other)');
    const calls = [
      counters.incrAndGet('none:total'),
      counters.tryIncr('none:bounded', 1, { max: 5 }),
      app.get(MeteringService).consume('none:quota', { limit: 5 }),
      counters.set('none:set', 5),
      counters.reset('none:reset'),
      counters.incr('none:key', 1, { idempotencyKey: 'k' }),
    ];
    for (const call of calls) {
      await expect(call).rejects.toThrow(NewCounterLimitError);
      await expect(call).rejects.toMatchObject({
        code: 'NEW_COUNTER_LIMIT',
        overflow: 'none:(other)',
      });
    }
    await counters.delete('none:deleted');
    expect(await counters.getCount('none:(other)')).toBe(before);
  });

  test('does not hold for what a transaction has committed, and keeps nothing from being counted', async () => {
    const { app, counters } = started();
    const committed = names('none:committed', 600);
    await app
      .get(DataSource)
      .transaction((transaction) =>
        counters.incrMany([
          ...committed.map((name) => ({ name, transaction })),
          { name: 'behind', transaction },
        ]),
      );
    await expect.poll(() => counters.getCount('behind')).toBe(1);
    await expect.poll(() => counters.getCounts(committed)).toEqual(committed.map(() => 1));
    await counters.rename('none:committed0', 'none:renamed');
    expect(await counters.getCounts(['none:committed0', 'none:renamed'])).toEqual([0, 1]);
    expect((await counters.status()).outbox).toMatchObject({ waiting: 0, refused: 0 });
  });

  test('among increments that wait together, the plain ones are kept', async () => {
    const { counters } = started();
    const before = await counters.getCount('none:(other)');
    const results = await Promise.allSettled([
      counters.incr('none:mixed', 1),
      counters.incrAndGet('none:mixed', 10),
      counters.incr('none:mixed', 100),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await counters.getCount('none:(other)')).toBe(before + 101);
  });

  test('allows more in the next interval', async () => {
    const { counters } = started();
    await counters.incrMany([{ name: 'soon:a' }, { name: 'soon:b' }]);
    expect(await counters.getCounts(['soon:a', 'soon:b', 'soon:(other)'])).toEqual([1, 0, 1]);
    let tried = 1;
    await expect
      .poll(async () => {
        await counters.incr('soon:b');
        tried++;
        return counters.getCount('soon:b');
      })
      .toBe(1);
    expect(await counters.getCount('soon:(other)')).toBe(tried - 1);
  });
});

describe.each(MODES)('limits of two processes, %s', (mode) => {
  const started = useTwins(mode, { updateInterval: HOUR, newCounterLimits });

  test('know the counters of each other', async () => {
    const [first, second] = started();
    await first.counters.incrMany(names('few:', 3).map((name) => ({ name })));
    await second.counters.incrMany(names('few:', 3).map((name) => ({ name })));
    expect(await first.counters.getCounts(names('few:', 3))).toEqual([2, 2, 2]);
    await second.counters.incrMany(names('few:1', 4).map((name) => ({ name })));
    expect(await first.counters.getCount('few')).toBe(1);
  });
});
