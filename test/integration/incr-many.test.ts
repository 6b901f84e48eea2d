import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  CounterOverflowError,
  type CounterIncrement,
  InvalidArgumentError,
  InvalidCounterNameError,
} from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { INT64_MAX } from '../support/int64.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;

describe.each(MODES)('incrMany(), %s', (mode) => {
  const started = useApplication({ mode, updateInterval: HOUR });

  test('adds to every counter named, 1 unless told otherwise', async () => {
    const { counters } = started();
    await counters.incrMany([
      { name: 'orders' },
      { name: 'revenue', delta: 4200 },
      { name: 'stock', delta: -3n },
    ]);
    expect(await counters.getCounts(['orders', 'revenue', 'stock'])).toEqual([1, 4200, -3]);
  });

  test('takes any iterable, and counts a name as often as it comes', async () => {
    const { counters } = started();
    function* increments(): Generator<CounterIncrement> {
      for (let delta = 1; delta <= 100; delta++) yield { name: 'generated', delta };
    }
    await counters.incrMany(increments());
    await counters.incrMany(new Set([{ name: 'generated' }]));
    expect(await counters.getCount('generated')).toBe(5051);
  });

  test('does nothing for nothing', async () => {
    await expect(started().counters.incrMany([])).resolves.toBeUndefined();
  });

  test('counts thousands of names, all of them in the database after a flush', async () => {
    const { counters, dataSource, namespace } = started();
    const names = Array.from({ length: 6000 }, (_, index) => `many-${index}`);
    await counters.incrMany(names.map((name, index) => ({ name, delta: index + 1 })));
    expect(await counters.getCounts(names)).toEqual(names.map((_, index) => index + 1));
    await counters.flush();
    const [found] = await dataSource.query<{ rows: string; sum: string }[]>(
      `SELECT count(*) AS rows, sum(value) AS sum FROM fast_counter
        WHERE namespace = $1 AND name LIKE 'many-%'`,
      [namespace],
    );
    expect(found).toEqual({ rows: '6000', sum: String((6000 * 6001) / 2) });
  });

  test('takes an interval and an idempotency key for each', async () => {
    const { counters, row } = started();
    const increments = [
      { name: 'at-once', delta: 2, updateInterval: 0 },
      { name: 'later', delta: 3 },
      { name: 'keyed', delta: 4, idempotencyKey: 'order-1' },
    ];
    await counters.incrMany(increments);
    await counters.incrMany(increments);
    expect(await counters.getCounts(['at-once', 'later', 'keyed'])).toEqual([4, 6, 4]);
    await expect.poll(() => row('at-once')).toBe(4n);
    expect(await row('later')).toBeUndefined();
  });

  test.each<[string, unknown, new (...args: never[]) => Error]>([
    ['a name', { name: ' ' }, InvalidCounterNameError],
    ['a delta', { name: 'b', delta: 0 }, InvalidArgumentError],
    ['a delta of null', { name: 'b', delta: null }, InvalidArgumentError],
    ['an interval', { name: 'b', updateInterval: -1 }, InvalidArgumentError],
    ['a key', { name: 'b', idempotencyKey: '' }, InvalidArgumentError],
    ['an element', null, InvalidArgumentError],
    ['an element that is a name', 'b', InvalidArgumentError],
  ])('refuses all when %s is wrong, before anything is sent', async (_case, wrong, error) => {
    const { app, counters } = started();
    const add = vi.spyOn(app.get<CounterCache>(COUNTER_CACHE), 'add');
    onTestFinished(() => add.mockRestore());
    const increments = [{ name: 'a-before' }, wrong as CounterIncrement, { name: 'a-behind' }];
    await expect(counters.incrMany(increments)).rejects.toThrow(error);
    expect(add).not.toHaveBeenCalled();
    expect(await counters.getCounts(['a-before', 'a-behind'])).toEqual([0, 0]);
  });

  test.each([undefined, null, 'name', 7, { name: 'a' }])('refuses %o as list', async (list) => {
    const { counters } = started();
    await expect(counters.incrMany(list as never)).rejects.toThrow(InvalidArgumentError);
  });

  test('rejects with what failed once the others are counted', async () => {
    const { counters } = started();
    await counters.incr('full', INT64_MAX);
    const others = Array.from({ length: 50 }, (_, index) => `beside-full-${index}`);
    const names = [...others.slice(0, 25), 'full', ...others.slice(25)];
    const many = counters.incrMany(names.map((name) => ({ name })));
    await expect(many).rejects.toThrow(CounterOverflowError);
    expect(await counters.getCounts(others)).toEqual(others.map(() => 1));
    expect(await counters.getCount('full', { bigint: true })).toBe(INT64_MAX);
  });

  test('refuses more names than the buffer could ever hold, and counts none of them', async () => {
    const small = await startApplication({ mode, maxBufferedNames: 10 });
    onTestFinished(() => small.close());
    const names = Array.from({ length: 11 }, (_, index) => `small-${index}`);
    const many = small.counters.incrMany(names.map((name) => ({ name })));
    await expect(many).rejects.toThrow(InvalidArgumentError);
    expect(await small.counters.getCounts(names)).toEqual(names.map(() => 0));
    await small.counters.incrMany(names.slice(1).map((name) => ({ name })));
    expect(await small.counters.getCounts(names)).toEqual(names.map((_, i) => (i === 0 ? 0 : 1)));
  });
});
