import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  COUNTER_STORE,
  CacheUnavailableError,
  type CounterCache,
  type CounterStore,
} from '../../lib/index.js';
import { partitioner } from '../../lib/words/partitioner.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

const QUEUES = 3;
const partitionOf = partitioner(QUEUES);

describe.each(MODES)('reads of one turn, %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000, queue: { count: QUEUES } });

  /** A hundred counters; calls of the reading application are noted from now on. */
  async function page(prefix: string, { persisted = false } = {}) {
    const [reading, writing] = started();
    const names = Array.from({ length: 100 }, (_, index) => `${prefix}-${index}`);
    await writing.counters.incrMany(names.map((name, index) => ({ name, delta: index + 1 })));
    if (persisted) await writing.counters.flush();
    const cache = reading.app.get<CounterCache>(COUNTER_CACHE);
    const look = cache.look.bind(cache);
    const looks = vi.spyOn(cache, 'look');
    const fills = vi.spyOn(cache, 'fill');
    const rows = vi.spyOn(reading.app.get<CounterStore>(COUNTER_STORE), 'read');
    onTestFinished(() => [looks, fills, rows].forEach((spy) => spy.mockRestore()));
    return { ...{ names, look, looks, fills, rows, writing }, counters: reading.counters };
  }
  const expected = Array.from({ length: 100 }, (_, index) => index + 1);

  test('a hundred getCount() are one call a partition, and the next hundred too', async () => {
    const { names, looks, counters } = await page('of-a-page');
    await counters.getCounts(names);
    looks.mockClear();
    for (let round = 1; round <= 2; round++) {
      expect(await Promise.all(names.map((name) => counters.getCount(name)))).toEqual(expected);
      expect(looks).toHaveBeenCalledTimes(round * QUEUES);
    }
  });

  test('of fields that are resolved one by one too', async () => {
    const { names, looks, counters } = await page('of-fields');
    const resolve = async (name: string): Promise<number> => {
      await Promise.resolve();
      return counters.getCount(name);
    };
    expect(await Promise.all(names.map(resolve))).toEqual(expected);
    expect(looks).toHaveBeenCalledTimes(QUEUES);
  });

  test('where nothing is cached, rows are read by a statement a partition at most, and cached once', async () => {
    const { names, looks, rows, fills, counters } = await page('not-cached', { persisted: true });
    // those that the flush has cached are dropped
    const [{ app }] = started();
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    for (let partition = 0; partition < QUEUES; partition++) {
      const { fence = 0 } = await cache.look(partition, []);
      await cache.forget(partition, fence, 0);
    }
    looks.mockClear();
    expect(await Promise.all(names.map((name) => counters.getCount(name)))).toEqual(expected);
    expect(looks).toHaveBeenCalledTimes(QUEUES);
    expect(rows.mock.calls.length).toBeGreaterThan(0);
    expect(rows.mock.calls.length).toBeLessThanOrEqual(QUEUES);
    await expect.poll(() => fills.mock.calls.length).toBe(QUEUES);
    rows.mockClear();
    expect(await Promise.all(names.map((name) => counters.getCount(name)))).toEqual(expected);
    expect(rows).not.toHaveBeenCalled();
  });

  test('a partition that does not answer fails its own readers alone', async () => {
    const { names, look, looks, counters } = await page('one-away');
    looks.mockImplementation((partition, asked) =>
      partition === 1 ? Promise.reject(new CacheUnavailableError('away')) : look(partition, asked),
    );
    const answers = await Promise.allSettled(names.map((name) => counters.getCount(name)));
    for (const [index, { status }] of answers.entries()) {
      const isAway = partitionOf(names[index] ?? '') === 1;
      expect(status).toBe(isAway ? 'rejected' : 'fulfilled');
    }
  });

  test('each has every increment that was acknowledged before it began', async () => {
    const { counters, writing } = await page('seen-by-each');
    let last = 0;
    const readers = Array.from({ length: 10 }, async () => {
      for (let read = 0; read < 50; read++) {
        const atLeast = last;
        expect(await counters.getCount('acknowledged')).toBeGreaterThanOrEqual(atLeast);
      }
    });
    for (let written = 1; written <= 100; written++) {
      await writing.counters.incr('acknowledged');
      last = written;
    }
    await Promise.all(readers);
  });
});
