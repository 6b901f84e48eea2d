import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  CacheUnavailableError,
  COUNTER_CACHE,
  COUNTER_STORE,
  type CounterCache,
  type CounterStore,
  DatabaseUnavailableError,
  InvalidArgumentError,
  InvalidCounterNameError,
  UnsafeCountError,
} from '../../lib/index.js';
import { partitioner } from '../../lib/words/partitioner.js';
import { MODES } from '../support/application.js';
import { INT64_MAX, INT64_MIN, UNSAFE } from '../support/int64.js';
import { repeatedly } from '../support/repeatedly.js';
import { useTwins } from '../support/use-application.js';

const partitionOf = partitioner(5);
const BIGINT = { bigint: true } as const;

describe.each(MODES)('getCount() and getCounts(), %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });

  test('a counter that was never used is at 0', async () => {
    const [{ counters }] = started();
    expect(await counters.getCount('never')).toBe(0);
    expect(await counters.getCount('never', BIGINT)).toBe(0n);
    expect(await counters.getCounts(['never', 'ever'])).toEqual([0, 0]);
  });

  test('every application reads what any of them counted', async () => {
    const [first, second] = started();
    await first.counters.incr('shared', 3);
    expect(await second.counters.getCount('shared')).toBe(3);
    await second.counters.incr('shared', 4);
    expect(await first.counters.getCount('shared')).toBe(7);
  });

  test('many are answered in the order asked, duplicates too', async () => {
    const [{ counters }] = started();
    await counters.incrMany([
      { name: 'one', delta: 1 },
      { name: 'two', delta: 2 },
      { name: 'three', delta: 3 },
    ]);
    const asked = ['three', 'one', 'none', 'three', 'two', 'one'];
    expect(await counters.getCounts(asked)).toEqual([3, 1, 0, 3, 2, 1]);
    expect(await counters.getCounts(new Set(asked), BIGINT)).toEqual([3n, 1n, 0n, 2n]);
    expect(await counters.getCounts([])).toEqual([]);
  });

  test('persisted, claimed and pending parts are one total', async () => {
    const [{ counters, row }] = started();
    await counters.incr('parts', 100);
    await counters.flush(['parts']);
    await counters.incr('parts', 20);
    expect(await row('parts')).toBe(100n);
    expect(await counters.getCount('parts')).toBe(120);
    expect(await counters.getCounts(['parts', 'no-parts'])).toEqual([120, 0]);
  });

  test('a reader sees a counter go up and never down through a hundred flushes', async () => {
    const [first, second] = started();
    let acknowledged = 0;
    const readers = [first, second].map(({ counters }) => {
      let last = 0;
      return repeatedly(async () => {
        const atLeast = acknowledged;
        const [count = -1] = await counters.getCounts(['watched', 'unwatched']);
        expect(count).toBeGreaterThanOrEqual(Math.max(last, atLeast));
        last = count;
      });
    });
    for (let flush = 0; flush < 100; flush++) {
      await second.counters.incr('watched');
      acknowledged++;
      const flushed = first.counters.flush();
      await second.counters.incr('watched');
      acknowledged++;
      await flushed;
    }
    for (const reader of readers) expect(await reader.stop()).toBeGreaterThan(10);
    expect(await first.counters.getCount('watched')).toBe(200);
    await first.counters.flush();
    expect(await first.row('watched')).toBe(200n);
  });

  test('values beyond 2^53 are exact as bigint', async () => {
    const [{ counters }] = started();
    const values = { top: INT64_MAX, bottom: INT64_MIN, odd: UNSAFE + 1n };
    for (const [name, value] of Object.entries(values)) await counters.incr(name, value);
    for (const [name, value] of Object.entries(values)) {
      expect(await counters.getCount(name, BIGINT)).toBe(value);
    }
    expect(await counters.getCounts(Object.keys(values), BIGINT)).toEqual(Object.values(values));
    await counters.flush();
    expect(await counters.getCounts(Object.keys(values), BIGINT)).toEqual(Object.values(values));
  });

  test('a value beyond 2^53 rejects as number rather than be rounded', async () => {
    const [{ counters }] = started();
    await counters.incr('unsafe', Number.MAX_SAFE_INTEGER);
    expect(await counters.getCount('unsafe')).toBe(Number.MAX_SAFE_INTEGER);
    await counters.incr('unsafe');
    const error = await counters.getCount('unsafe').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnsafeCountError);
    expect(error).toMatchObject({ code: 'UNSAFE_COUNT', counter: 'unsafe', value: UNSAFE });
    expect(String(error)).toContain('{ bigint: true }');
    await expect(counters.getCounts(['safe', 'unsafe'])).rejects.toThrow(UnsafeCountError);
    await counters.incr('unsafe', -1);
    expect(await counters.getCount('unsafe')).toBe(Number.MAX_SAFE_INTEGER);
    await counters.incr('unsafe', -2n * BigInt(Number.MAX_SAFE_INTEGER));
    expect(await counters.getCount('unsafe')).toBe(Number.MIN_SAFE_INTEGER);
    await counters.incr('unsafe', -1);
    await expect(counters.getCount('unsafe')).rejects.toThrow(UnsafeCountError);
  });

  test('settled, what cannot be answered is an error of its own', async () => {
    const [{ counters }] = started();
    await counters.incr('page-1', 3);
    await counters.incr('page-2', UNSAFE);
    const names = ['page-1', 'page-2', '', 'page-3', 'page-2', 7 as unknown as string];
    const counts = await counters.getCounts(names, { settled: true });
    expect([counts[0], counts[3]]).toEqual([3, 0]);
    for (const place of [1, 4]) {
      expect(counts[place]).toMatchObject({ code: 'UNSAFE_COUNT', counter: 'page-2' });
    }
    for (const place of [2, 5]) expect(counts[place]).toBeInstanceOf(InvalidCounterNameError);
    const exact = await counters.getCounts(names.slice(0, 2), { settled: true, bigint: true });
    expect(exact).toEqual([3n, UNSAFE]);
    expect(await counters.getCounts([], { settled: true })).toEqual([]);
    await expect(counters.getCounts('page-1', { settled: true })).rejects.toThrow(
      InvalidArgumentError,
    );
  });

  test('settled, a partition or a database that is away is an error of its counters alone', async () => {
    const [{ app, counters }] = started();
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const names = Array.from({ length: 20 }, (_, index) => `apart-${index}`);
    await counters.incrMany(names.map((name) => ({ name })));
    const known = names.slice(10);
    await counters.getCounts(known);
    await expect
      .poll(async () => (await looked(known)).every(({ base }) => base !== undefined))
      .toBe(true);
    const away = vi
      .spyOn(app.get<CounterStore>(COUNTER_STORE), 'read')
      .mockRejectedValue(new DatabaseUnavailableError('away'));
    onTestFinished(() => away.mockRestore());
    const counts = await counters.getCounts(names, { settled: true });
    expect(counts.slice(10)).toEqual(known.map(() => 1));
    for (const count of counts.slice(0, 10)) expect(count).toBeInstanceOf(DatabaseUnavailableError);
    const look = cache.look.bind(cache);
    const asleep = vi.spyOn(cache, 'look').mockImplementation((partition, asked) => {
      if (partition === 0) return Promise.reject(new CacheUnavailableError('away'));
      return look(partition, asked);
    });
    onTestFinished(() => asleep.mockRestore());
    const later = await counters.getCounts(known, { settled: true });
    const isAway = known.map((name) => partitionOf(name) === 0);
    expect(new Set(isAway).size).toBe(2);
    later.forEach((count, place) => {
      if (isAway[place]) expect(count).toBeInstanceOf(CacheUnavailableError);
      else expect(count).toBe(1);
    });

    /** What the cache has of each. */
    async function looked(of: readonly string[]) {
      const looks = of.map((name) => cache.look(partitionOf(name), [name]));
      return (await Promise.all(looks)).flatMap(({ parts }) => parts);
    }
  });

  test('thousands are read at once, cached or not', async () => {
    const [first, second] = started();
    const names = Array.from({ length: 6000 }, (_, index) => `bulk-${index}`);
    await first.counters.incrMany(names.map((name, index) => ({ name, delta: index + 1 })));
    await first.counters.flush();
    const expected = names.map((_, index) => index + 1);
    expect(await second.counters.getCounts(names)).toEqual(expected);
    expect(await first.counters.getCounts(names)).toEqual(expected);
  });

  test.each([undefined, null, 'a-name', 7, { name: 'a' }])(
    'getCounts() refuses %o as names',
    async (names) => {
      const [{ counters }] = started();
      await expect(counters.getCounts(names as never)).rejects.toThrow(InvalidArgumentError);
    },
  );
});
