import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  type CounterDelta,
  CounterOverflowError,
  IdempotencyConflictError,
  InvalidArgumentError,
  InvalidCounterNameError,
} from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { INT64_MAX } from '../support/int64.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;

describe.each(MODES)('incr(), %s', (mode) => {
  const started = useApplication({ mode, updateInterval: HOUR });

  test('adds 1 unless told otherwise, up and down, as number and as bigint', async () => {
    const { counters } = started();
    await counters.incr('deltas');
    await counters.incr('deltas', 41);
    await counters.incr('deltas', -2);
    await counters.incr('deltas', 100n);
    await counters.incr('deltas', -40n);
    expect(await counters.getCount('deltas')).toBe(100);
  });

  test('sums what is called in one tick, numbers and bigints mixed', async () => {
    const { counters, row } = started();
    const big = 2n ** 60n;
    const calls = [1, big, -3, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -big, 7n];
    await Promise.all(calls.map((delta) => counters.incr('mixed', delta)));
    const sum = calls.reduce<bigint>((total, delta) => total + BigInt(delta), 0n);
    expect(await counters.getCount('mixed', { bigint: true })).toBe(sum);
    await counters.flush(['mixed']);
    expect(await row('mixed')).toBe(sum);
  });

  test('comes to nothing when ups and downs of one tick cancel out', async () => {
    const { counters } = started();
    await Promise.all([counters.incr('even', 5), counters.incr('even', -5)]);
    await counters.flush(['even']);
    expect(await counters.getCount('even')).toBe(0);
  });

  test('is read by the very next read', async () => {
    const { counters } = started();
    for (let expected = 1; expected <= 50; expected++) {
      await counters.incr('next-read');
      expect(await counters.getCount('next-read')).toBe(expected);
    }
  });

  test('reaches the database at once with updateInterval 0, and leaves others waiting', async () => {
    const { counters, row } = started();
    await counters.incr('interval-waits');
    await counters.incr('interval-none', 3, { updateInterval: 0 });
    await expect.poll(() => row('interval-none')).toBe(3n);
    expect(await row('interval-waits')).toBeUndefined();
  });

  test('the smallest interval of increments that wait together wins', async () => {
    const { counters, row } = started();
    await counters.incr('shortened', 1);
    await counters.incr('shortened', 1, { updateInterval: 100 });
    await counters.incr('not-prolonged', 1, { updateInterval: 100 });
    await counters.incr('not-prolonged', 1, { updateInterval: HOUR });
    await expect.poll(() => row('shortened')).toBe(2n);
    await expect.poll(() => row('not-prolonged')).toBe(2n);
  });

  test('the smallest interval of increments called in one tick wins', async () => {
    const { counters, row } = started();
    await Promise.all([
      counters.incr('tick-shortened', 1),
      counters.incr('tick-shortened', 1, { updateInterval: 0 }),
      counters.incr('tick-not-prolonged', 1, { updateInterval: 0 }),
      counters.incr('tick-not-prolonged', 1),
    ]);
    await expect.poll(() => row('tick-shortened')).toBe(2n);
    await expect.poll(() => row('tick-not-prolonged')).toBe(2n);
  });

  const invalidDeltas: [string, unknown][] = [
    ['zero', 0],
    ['minus zero', -0],
    ['zero as bigint', 0n],
    ['a fraction', 1.5],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['a number beyond 2^53', 2 ** 53],
    ['a bigint beyond 64 bits', INT64_MAX + 1n],
    ['a string', '1'],
    ['null', null],
  ];
  test.each(invalidDeltas)('refuses %s as delta, and sends nothing', async (_case, delta) => {
    const { app, counters } = started();
    const add = vi.spyOn(app.get<CounterCache>(COUNTER_CACHE), 'add');
    onTestFinished(() => add.mockRestore());
    const incr = counters.incr('delta', delta as CounterDelta);
    await expect(incr).rejects.toThrow(InvalidArgumentError);
    expect(add).not.toHaveBeenCalled();
    expect(await counters.getCount('delta')).toBe(0);
  });

  test('refuses a wrong delta also where it would join an increment that waits', async () => {
    const { counters } = started();
    const waits = counters.incr('joined');
    for (const [, delta] of invalidDeltas) {
      await expect(counters.incr('joined', delta as CounterDelta)).rejects.toThrow();
      void counters.incr('joined');
    }
    await waits;
    await counters.flush(['joined']);
    expect(await counters.getCount('joined')).toBe(1 + invalidDeltas.length);
  });

  test.each([
    { updateInterval: -1 },
    { updateInterval: 0.5 },
    { updateInterval: Number.MAX_SAFE_INTEGER },
    { updateInterval: '10' },
    { idempotencyKey: '' },
    { idempotencyKey: 'k'.repeat(256) },
    { idempotencyKey: '\ud800' },
    { idempotencyKey: 7 },
  ])('refuses the options %o', async (options) => {
    const { counters } = started();
    const incr = counters.incr('options', 1, options as object);
    await expect(incr).rejects.toThrow(InvalidArgumentError);
    expect(await counters.getCount('options')).toBe(0);
  });

  test('never raises an unhandled rejection when nobody awaits it', async () => {
    const { counters, events } = started();
    const unhandled = vi.fn();
    const rejected = vi.fn<(event: { error: unknown }) => void>();
    process.on('unhandledRejection', unhandled);
    events.on('rejected', rejected);
    onTestFinished(() => {
      process.off('unhandledRejection', unhandled);
      events.off('rejected', rejected);
    });

    await counters.incr('abandoned', INT64_MAX);
    void counters.incr(' leading space');
    void counters.incr('abandoned', 0);
    void counters.incr('abandoned', 1, { updateInterval: -1 });
    void counters.incr('abandoned', 1);
    void counters.incr('abandoned-key', 1, { idempotencyKey: 'k' });
    void counters.incr('abandoned-key', 2, { idempotencyKey: 'k' });
    await counters.flush();
    await sleep(20);

    expect(unhandled).not.toHaveBeenCalled();
    const errors = rejected.mock.calls.map(([{ error }]) => (error as Error).name);
    expect(errors).toContain(InvalidCounterNameError.name);
    expect(errors).toContain(InvalidArgumentError.name);
    expect(errors).toContain(CounterOverflowError.name);
    expect(errors).toContain(IdempotencyConflictError.name);
  });
});
