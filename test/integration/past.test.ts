import { describe, expect, test } from 'vitest';
import {
  type CounterIncrement,
  InvalidArgumentError,
  MeteringService,
  type TransactionalOptions,
} from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

describe.each(MODES)('an increment of another moment, %s', (mode) => {
  const started = useApplication({
    ...{ mode, updateInterval: HOUR, acknowledgeTimeout: 5000 },
    windows: { counters: [{ prefix: 'kept', windows: ['month'] }] },
  });
  const daysOf = async (name: string, from: Date, dimensions?: { tenant: string }) => {
    const metering = started().app.get(MeteringService);
    const days = await metering.series(name, { window: 'day', from, dimensions });
    return days.map(({ value }) => value);
  };

  test('counts in the windows of its moment, and in the total', async () => {
    const { counters, app } = started();
    const at = ago(3 * DAY);
    const windows = ['day'] as const;
    await counters.incr('kept', 1, { windows });
    await counters.incr('kept', 2, { windows, at });
    await counters.incr('kept', 4, { windows, at: at.getTime() });
    await counters.incr('kept', 8, { windows });
    expect(await counters.getCount('kept')).toBe(15);
    expect(await daysOf('kept', at)).toEqual([6, 0, 0, 9]);
    await counters.flush();
    expect(await daysOf('kept', at)).toEqual([6, 0, 0, 9]);
    const months = await app.get(MeteringService).series('kept', { window: 'month', from: at });
    expect(months.reduce((sum, { value }) => sum + value, 0)).toBe(15);
  });

  test('counts with dimensions, and with a thousand others in one call', async () => {
    const { counters, app } = started();
    const metering = app.get(MeteringService);
    const at = ago(2 * DAY);
    const dimensions = { tenant: 'acme' };
    await metering.record('calls', 3, { at, dimensions, windows: ['day'] });
    expect(await daysOf('calls', at, dimensions)).toEqual([3, 0, 0]);
    const log = Array.from({ length: 1000 }, (_, i): CounterIncrement => {
      return { name: 'log', at: ago((i % 3) * DAY), windows: ['day'] };
    });
    await counters.incrMany(log);
    expect(await daysOf('log', at)).toEqual([333, 333, 334]);
    expect(await counters.getCount('log')).toBe(1000);
  });

  test('counts once under its key, whatever its moment', async () => {
    const { counters } = started();
    const event = { idempotencyKey: 'event-1', windows: ['day'] as const };
    await counters.incr('events', 1, { ...event, at: ago(2 * DAY) });
    await counters.incr('events', 1, { ...event, at: ago(DAY) });
    expect(await daysOf('events', ago(2 * DAY))).toEqual([1, 0, 0]);
  });

  test.each<[what: string, options: object, allowed: RegExp]>([
    ['a time before', { at: ago(35 * DAY + HOUR) }, /at \(.+\) must be at most 35 days ago/],
    ['a time to come', { at: ago(-HOUR) }, /at \(.+\) must be at most 5 minutes ahead/],
    ['no time', { at: new Date(NaN) }, /at must be a valid Date or milliseconds since 1970/],
    ['a text', { at: '2026-01-01' }, /at must be a valid Date or milliseconds since 1970/],
    ['a transaction', { at: ago(1), transaction: {} }, /"transaction" and "at" exclude each other/],
  ])(
    'a moment that is not accepted counts nothing, and the error says what is: %s',
    async (_, given, allowed) => {
      const { counters, app } = started();
      const options = given as TransactionalOptions;
      const calls = [
        () => counters.incr('refused', 1, options),
        () => counters.incrMany([{ name: 'refused' }, { name: 'refused', ...options }]),
        () => app.get(MeteringService).record('refused', 1, options),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toThrow(InvalidArgumentError);
        await expect(call()).rejects.toThrow(allowed);
      }
      expect(await counters.getCount('refused')).toBe(0);
    },
  );

  test('a clock that is a little ahead is accepted', async () => {
    const { counters } = started();
    await counters.incr('ahead', 1, { at: ago(-4 * 60_000) });
    expect(await counters.getCount('ahead')).toBe(1);
  });
});

test('the option windows.acceptPast says how long ago it may be', async () => {
  const { counters } = await startApplication({
    mode: 'embedded',
    windows: { acceptPast: 2 * HOUR },
  });
  await counters.incr('hours', 1, { at: ago(HOUR) });
  await expect(counters.incr('hours', 1, { at: ago(3 * HOUR) })).rejects.toThrow(
    'must be at most 7200000 ms ago (option windows.acceptPast)',
  );
  expect(await counters.getCount('hours')).toBe(1);
});
