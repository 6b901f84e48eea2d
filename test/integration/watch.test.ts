import { setTimeout as sleep } from 'node:timers/promises';
import type { Subscription } from 'rxjs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  CacheUnavailableError,
  COUNTER_CACHE,
  type CounterCache,
  type FastCounterError,
  type WatchOptions,
} from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { UNSAFE } from '../support/int64.js';
import { useTwins } from '../support/use-application.js';

const QUEUES = 2;
const EVERY = 100;

describe.each(MODES)('watch(), %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000, queue: { count: QUEUES } });

  /** What a subscriber was told, as objects. */
  function told(names: readonly string[], options: WatchOptions = { every: EVERY }) {
    const all: Record<string, number>[] = [];
    const ends: unknown[] = [];
    const subscription = started()[0]
      .counters.watch(names, options)
      .subscribe({
        next: (counts) => all.push(Object.fromEntries(counts)),
        error: (error) => ends.push(error),
        complete: () => ends.push('complete'),
      });
    onTestFinished(() => subscription.unsubscribe());
    return { all, ends, subscription };
  }

  function looks() {
    const cache = started()[0].app.get<CounterCache>(COUNTER_CACHE);
    const spy = vi.spyOn(cache, 'look');
    onTestFinished(() => spy.mockRestore());
    return spy;
  }

  test('tells all counts at once, and then each change, and nothing else', async () => {
    const [, { counters }] = started();
    await counters.incr('told-1', 3);
    const { all } = told(['told-1', 'told-2', 'told-1']);
    await expect.poll(() => all, { interval: 5 }).toEqual([{ 'told-1': 3, 'told-2': 0 }]);
    await counters.incr('told-2');
    await expect.poll(() => all, { interval: 5 }).toHaveLength(2);
    await sleep(3 * EVERY);
    expect(all).toEqual([
      { 'told-1': 3, 'told-2': 0 },
      { 'told-1': 3, 'told-2': 1 },
    ]);
  });

  test('reads once a tick, however many watch, and only while somebody does', async () => {
    const [, { counters }] = started();
    const calls = looks();
    const names = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    const begun = performance.now();
    const watching = Array.from({ length: 50 }, (_, index) =>
      told([names[index % 20] ?? '', 'many-0']),
    );
    await expect.poll(() => watching.every(({ all }) => all.length === 1)).toBe(true);
    expect(calls.mock.calls.length).toBeLessThanOrEqual(2 * QUEUES);
    await counters.incr('many-0');
    await expect.poll(() => watching.every(({ all }) => all.length === 2)).toBe(true);
    const ticks = Math.ceil((performance.now() - begun) / EVERY) + 1;
    expect(calls.mock.calls.length).toBeLessThanOrEqual((ticks + 1) * QUEUES);
    for (const { subscription } of watching) subscription.unsubscribe();
    await sleep(20);
    calls.mockClear();
    await sleep(3 * EVERY);
    expect(calls).not.toHaveBeenCalled();
  });

  test('those of different intervals each at their own', async () => {
    const [, { counters }] = started();
    const quick = told(['quick'], { every: EVERY });
    const slow = told(['quick'], { every: 3_600_000 });
    await expect.poll(() => slow.all).toHaveLength(1);
    await counters.incr('quick');
    await expect.poll(() => quick.all).toHaveLength(2);
    expect(slow.all).toEqual([{ quick: 0 }]);
  });

  test('goes on behind an error of the cache, which is told once', async () => {
    const [{ events }, { counters }] = started();
    const outages: unknown[] = [];
    events.on('outage', (outage) => outages.push(outage));
    onTestFinished(() => void events.removeAllListeners('outage'));
    const errors: FastCounterError[] = [];
    const { all, ends } = told(['away'], { every: EVERY, onError: (error) => errors.push(error) });
    await expect.poll(() => all).toHaveLength(1);
    const calls = looks();
    calls.mockRejectedValue(new CacheUnavailableError('away'));
    await expect.poll(() => calls.mock.calls.length, { interval: 5 }).toBeGreaterThan(2);
    expect(errors.map(({ code }) => code)).toEqual(['CACHE_UNAVAILABLE']);
    expect(outages).toMatchObject([{ of: 'read' }]);
    await counters.incr('away');
    calls.mockRestore();
    await expect.poll(() => all).toEqual([{ away: 0 }, { away: 1 }]);
    expect(ends).toEqual([]);
    expect(errors).toHaveLength(1);
  });

  test('one counter beyond 2^53 takes the others with it nowhere', async () => {
    const [{ counters: reading }, { counters }] = started();
    await counters.incr('vast', UNSAFE);
    const errors: string[] = [];
    const onError = ({ code }: FastCounterError): void => void errors.push(code);
    const { all } = told(['vast', 'small'], { every: EVERY, onError });
    await counters.incr('small');
    await expect.poll(() => all.at(-1)).toEqual({ small: 1 });
    expect(errors).toEqual(['UNSAFE_COUNT']);
    const exact = await new Promise((resolve) => {
      reading.watch(['vast'], { bigint: true }).subscribe(resolve);
    });
    expect(exact).toEqual(new Map([['vast', UNSAFE]]));
  });

  test('ends with what onError throws', async () => {
    const calls = looks();
    calls.mockRejectedValue(new CacheUnavailableError('away'));
    const onError = (error: FastCounterError): never => {
      throw error;
    };
    const { all, ends } = told(['given-up'], { every: EVERY, onError });
    await expect.poll(() => ends).toMatchObject([{ code: 'CACHE_UNAVAILABLE' }]);
    expect(all).toEqual([]);
  });

  test.each([
    [['a'], { every: 50 }, 'every must be whole milliseconds from 100 to 3600000, not 50'],
    [['a'], { evry: 500 }, 'watch() has no option "evry"'],
    [['a'], { onError: true }, 'onError must be a function'],
    [[''], {}, 'must not be empty'],
    ['a', {}, 'names must be an array or another iterable'],
    [Array.from({ length: 10_001 }, () => 'a'), {}, 'One call takes at most 10000 names'],
  ])('refuses %.20j with %j', (names, options, message) => {
    const [{ counters }] = started();
    expect(() => counters.watch(names as string[], options as WatchOptions)).toThrow(message);
  });
});

test('watching ends as the application shuts down, before HTTP closes', async () => {
  const { counters, close } = await startApplication({ mode: 'embedded' });
  const order: string[] = [];
  const observable = counters.watch(['watched'], { every: EVERY });
  const first: Subscription = observable.subscribe({
    next: (counts) => order.push(`told ${String(counts.get('watched'))}`),
    complete: () => order.push('complete'),
  });
  await expect.poll(() => order).toEqual(['told 0']);
  await close();
  expect(order).toEqual(['told 0', 'complete']);
  expect(first.closed).toBe(true);
  observable.subscribe({ next: () => order.push('late'), complete: () => order.push('at once') });
  expect(order.at(-1)).toBe('at once');
});
