import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { CounterBucket, type CountWindow, MeteringService } from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';

describe.each(MODES)('windows of a time zone, %s', (mode) => {
  afterEach(() => {
    vi.useRealTimers();
  });

  async function start(timeZone: string) {
    const application = await startApplication({ mode, windows: { timeZone } });
    onTestFinished(() => application.close());
    return { ...application, metering: application.app.get(MeteringService) };
  }
  const at = (instant: string): void => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(instant) });
  };

  test.each<[string, CountWindow, string, string]>([
    ['Atlantic/Azores', 'day', '2026-10-25T00:30:00Z', '2026-10-25T12:00:00Z'],
    ['America/Havana', 'month', '2026-11-01T04:30:00Z', '2026-11-20T12:00:00Z'],
    ['America/St_Johns', 'month', '2009-11-01T02:30:30Z', '2009-11-01T03:00:00Z'],
  ])('%s: a %s that begins twice is one', async (zone, window, early, late) => {
    const { counters, dataSource, metering } = await start(zone);
    const limit = { limit: 10, window, delta: 6 };
    at(early);
    await counters.incr('calls', 7, { windows: [window] });
    expect(await metering.consume('quota', limit)).toMatchObject({ allowed: true });
    at(late);
    await counters.incr('calls', 1, { windows: [window] });
    const refused = await metering.consume('quota', limit);
    expect(refused).toMatchObject({ allowed: false, used: 6 });
    const series = await metering.series('calls', { window, from: Date.parse(early) });
    expect(series.map(({ value }) => value)).toEqual([8]);
    expect(series[0]?.end).toEqual(refused.resetsAt);
    await counters.flush();
    const rows = await dataSource.manager.findBy(CounterBucket, { name: 'calls' });
    expect(rows.map(({ startsAt, value }) => [startsAt, value])).toEqual([[series[0]?.start, 8n]]);
  });

  test('where clocks are put back by thirty minutes, hours follow one another and make the day', async () => {
    const { counters, metering } = await start('Australia/Lord_Howe');
    for (const [minutes, time] of ['14:10', '15:10', '15:40', '16:40'].entries()) {
      at(`2026-04-04T${time}:00Z`);
      await counters.incr('calls', 10 ** minutes, { windows: ['hour', 'day'] });
    }
    const [day] = await metering.series('calls', { window: 'day', from: Date.now() });
    if (day === undefined) throw new Error('no day');
    const hours = await metering.series('calls', {
      window: 'hour',
      from: day.start,
      to: day.end,
    });
    expect(hours.slice(1).map((hour) => hour.start)).toEqual(
      hours.slice(0, -1).map((hour) => hour.end),
    );
    expect(hours.map(({ value }) => value).filter((value) => value > 0)).toEqual([
      1, 10, 100, 1000,
    ]);
    expect(day.value).toBe(1111);
  });

  test('a window that a counter is kept per later begins at zero', async () => {
    const { counters, metering } = await start('UTC');
    at('2026-11-22T12:00:00Z');
    await counters.incr('calls', 5);
    await counters.incr('calls', 1, { windows: ['day'] });
    await counters.incr('calls', 2, { windows: ['day', 'month'] });
    const from = Date.now();
    const of = async (window: CountWindow) =>
      (await metering.series('calls', { window, from })).map(({ value }) => value);
    expect([await of('day'), await of('month')]).toEqual([[3], [2]]);
    expect(await metering.total('calls')).toBe(8);
    // a quota looks at what its window counted
    expect(await metering.consume('calls', { limit: 3, window: 'month' })).toMatchObject({
      allowed: true,
      used: 3,
    });
  });
});
