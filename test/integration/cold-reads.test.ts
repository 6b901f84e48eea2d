import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  COUNTER_STORE,
  CounterOverflowError,
  type CounterCache,
  type CounterStore,
} from '../../lib/index.js';
import { INT64_MAX } from '../../lib/words/int64.js';
import { MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

describe.each(MODES)('a read of counters that are not cached, %s', (mode) => {
  const started = useApplication({ mode, updateInterval: 3_600_000, queue: { count: 1 } });

  /** Counters with rows and without cached values, and what is called from now on: in the order of the calls. */
  async function cold(...names: string[]) {
    const { app, counters } = started();
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const store = app.get<CounterStore>(COUNTER_STORE);
    await counters.incrMany(names.map((name) => ({ name, delta: 5 })));
    await counters.flush();
    const calls: string[] = [];
    for (const [port, method] of [
      [cache, 'look'],
      [cache, 'fill'],
      [store, 'read'],
    ] as const) {
      const real = (port as unknown as Record<string, () => unknown>)[method]?.bind(port);
      const spy = vi
        .spyOn(port as unknown as Record<string, (...args: unknown[]) => unknown>, method)
        .mockImplementation((...args) => {
          // of names: the process that sweeps reads ledgers
          if (method !== 'read' || (args[0] as unknown[]).length > 0) calls.push(method);
          return (real as (...args: unknown[]) => unknown)(...args);
        });
      onTestFinished(() => spy.mockRestore());
    }
    return { counters, calls };
  }

  test('answers before the values are cached, and they are cached then', async () => {
    const { counters, calls } = await cold('answered-first');
    expect(await counters.getCount('answered-first')).toBe(5);
    expect(calls).toEqual(['look', 'read']);
    await expect.poll(() => calls).toEqual(['look', 'read', 'fill']);
    expect(await counters.getCount('answered-first')).toBe(5);
    expect(calls).toEqual(['look', 'read', 'fill', 'look']);
  });

  test('asks the database once, however soon the next read of them comes', async () => {
    const { counters, calls } = await cold('read-again');
    for (let i = 0; i < 3; i++) expect(await counters.getCount('read-again')).toBe(5);
    expect(calls).toEqual(['look', 'read', 'fill', 'look', 'look']);
  });

  test('lets the next read of other counters go first', async () => {
    const { counters, calls } = await cold('read-before', 'read-behind');
    await counters.getCount('read-before');
    expect(await counters.getCount('read-behind')).toBe(5);
    expect(calls.slice(0, 3)).toEqual(['look', 'read', 'look']);
    // both in one, where the machine is slow
    await expect.poll(() => calls).toContain('fill');
  });

  test('caches a value near the end of the range first: the next increment is refused', async () => {
    const { counters, calls } = await cold('near-the-end');
    const { dataSource } = started();
    await dataSource.query(`UPDATE fast_counter SET value = $1 WHERE name = 'near-the-end'`, [
      String(INT64_MAX),
    ]);
    expect(await counters.getCount('near-the-end', { bigint: true })).toBe(INT64_MAX);
    expect(calls).toEqual(['look', 'read', 'fill']);
    await expect(counters.incr('near-the-end')).rejects.toThrow(CounterOverflowError);
  });
});
