import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useApplication, useTwins } from '../support/use-application.js';

const HOUR = 3_600_000;

describe.each(MODES)('tryIncr(), %s', (mode) => {
  const started = useApplication({ mode, updateInterval: HOUR });

  test('adds while the total stays within its bounds, and else nothing', async () => {
    const { counters, row } = started();
    expect(await counters.tryIncr('a', 6, { max: 10 })).toBe(true);
    expect(await counters.tryIncr('a', 5, { max: 10 })).toBe(false);
    expect(await counters.tryIncr('a', 4, { max: 10 })).toBe(true);
    expect(await counters.tryIncr('a', -11, { min: 0 })).toBe(false);
    expect(await counters.getCount('a')).toBe(10);
    await counters.flush();
    expect(await row('a')).toBe(10n);
    expect(await counters.tryIncr('a', 1, { min: 0, max: 10 })).toBe(false);
    expect(await counters.tryIncr('a', -10, { min: 0, max: 10 })).toBe(true);
    expect(await counters.getCount('a')).toBe(0);
  });

  test('knows what the database has', async () => {
    const { counters, dataSource, namespace } = started();
    await dataSource.query('INSERT INTO fast_counter VALUES ($1, $2, $3, now(), now())', [
      namespace,
      'persisted',
      '99',
    ]);
    expect(await counters.tryIncr('persisted', 2, { max: 100 })).toBe(false);
    expect(await counters.tryIncr('persisted', 1, { max: 100n })).toBe(true);
  });

  test('sees increments of before, not awaited ones too', async () => {
    const { counters } = started();
    await counters.incrAndGet('order', 4);
    void counters.incr('order', 5);
    const tried = counters.tryIncr('order', 2, { max: 10 });
    void counters.incr('order', -5);
    expect([await tried, await counters.tryIncr('order', 6, { max: 10 })]).toEqual([false, true]);
  });

  test('can be about a window', async () => {
    const { counters } = started();
    await counters.incr('monthly', 50);
    const monthly = (delta: number) =>
      counters.tryIncr('monthly', delta, { max: 10, window: 'month' });
    expect([await monthly(7), await monthly(7), await monthly(3)]).toEqual([true, false, true]);
    expect(await counters.getCount('monthly')).toBe(60);
  });

  test('with an idempotency key adds once, and says so each time', async () => {
    const { counters } = started();
    const tried = () => counters.tryIncr('keyed', 6, { max: 10, idempotencyKey: 'k' });
    expect([await tried(), await tried(), await tried()]).toEqual([true, true, true]);
    expect(await counters.getCount('keyed')).toBe(6);
  });

  test.each([
    [{}, 'tryIncr() needs the option max or min'],
    [{ max: 1.5 }, 'max must be a safe integer'],
    [{ min: '1' }, 'min must be a number or a bigint'],
    [{ max: 1, window: 'year' }, 'window must be minute, hour, day, month, week, not "year"'],
    [{ max: 1, windows: 'day' }, 'windows must be an array'],
  ])('refuses %j', async (options, message) => {
    const { counters } = started();
    const tried = counters.tryIncr('refused', 1, options as { max: number });
    await expect(tried).rejects.toThrow(InvalidArgumentError);
    await expect(tried).rejects.toThrow(message);
  });
});

describe.each(MODES)('tryIncr() of two processes, %s', (mode) => {
  const started = useTwins(mode, { updateInterval: HOUR });

  test('never exceeds a bound together', async () => {
    const applications = started();
    const calls = Array.from({ length: 500 }, (_, index) => {
      const application = applications[index % 2] ?? applications[0];
      return application.counters.tryIncr('shared', 3, { max: 1000 });
    });
    const applied = (await Promise.all(calls)).filter(Boolean);
    expect(applied).toHaveLength(333);
    expect(await applications[0].counters.getCount('shared')).toBe(999);
  });
});
