import { afterEach, describe, expect, test, vi } from 'vitest';
import { CounterEvents, MeteringService, WindowNotCompleteError } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

const at = (instant: string): void =>
  void vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(instant) });
const date = (text: string): Date => new Date(text);
const inBerlin = { month: { anchor: 17, timeZone: 'Europe/Berlin' } };
const inNewYork = { month: { anchor: 17, timeZone: 'America/New_York' } };
const other = { month: { anchor: 18, timeZone: 'Europe/Berlin' } };

/** What processes said by the clock of another test is not waited for. */
const soon = { evenIfIncomplete: true };

afterEach(() => {
  vi.useRealTimers();
});

describe.each(MODES)('closed windows of tenants’ own, %s,', (mode) => {
  const options = { updateInterval: 3_600_000, acknowledgeTimeout: 5000 };
  const started = useApplication({ ...options, mode, windows: { late: 'next' } });

  /** A metered name of its own for each test. */
  function metered(name: string) {
    const { app, counters } = started();
    const metering = app.get(MeteringService);
    const take = (tenant: string, delta: number, window: object) =>
      metering.consume(name, {
        ...{ limit: Infinity, delta, window: window as typeof inBerlin, dimensions: { tenant } },
      });
    const usage = async (window: object, from: string) => {
      const asked = { groupBy: 'tenant', window: window as typeof inBerlin, from: date(from) };
      const { parts, final } = await metering.usage(name, asked);
      const numbers = parts.map(({ dimensions, value }) => [dimensions.tenant, value] as const);
      return { final, ...(Object.fromEntries(numbers) as Record<string, number>) };
    };
    return { metering, counters, name, take, usage };
  }

  test('are those of all tenants whose window begins with the date, in any time zone', async () => {
    const { metering, counters, name, take, usage } = metered('kept');
    at('2026-10-20T12:00:00Z');
    const taken = await take('acme', 5, inBerlin);
    await take('globex', 3, inNewYork);
    await take('initech', 7, other);
    const october = { window: inBerlin, at: date('2026-10-20') } as const;
    // it has ended in Berlin and in New York, and may last on elsewhere
    at('2026-11-17T23:30:00Z');
    const early = metering.close(name, october);
    await expect(early).rejects.toThrow(WindowNotCompleteError);
    await expect(early).rejects.toMatchObject({
      ...{ window: 'month*', start: date('2026-10-17T00:00:00Z') },
      reason: expect.stringContaining('may be closed from 2026-11-18T01:00:00.000Z on') as string,
    });
    expect(await usage(inBerlin, '2026-10-20')).toEqual({ final: false, acme: 5, globex: 3 });
    at('2026-11-18T01:00:00Z');
    const closed = await metering.close(name, { ...october, by: 'billing', ...soon });
    expect(closed).toMatchObject({
      ...{ name, window: 'month*', by: 'billing' },
      ...{ start: date('2026-10-17T00:00:00Z'), end: date('2026-11-18T00:00:00Z') },
    });
    // asked for another tenant it is the same window, and that of another anchor is another one
    expect(await metering.close(name, { window: inNewYork, at: date('2026-11-01') })).toEqual(
      closed,
    );
    expect(await usage(inNewYork, '2026-10-20')).toEqual({ final: true, acme: 5, globex: 3 });
    expect(await usage(other, '2026-10-20')).toEqual({ final: false, initech: 7 });
    expect(await usage(inBerlin, '2026-11-18')).toEqual({ final: false });

    // given back too late: the number stays, and is listed
    await taken.refund();
    await counters.flush();
    expect(await usage(inBerlin, '2026-10-20')).toEqual({ final: true, acme: 5, globex: 3 });
    const range = { window: inBerlin, from: date('2026-10-20') };
    const { late } = await metering.late(name, range);
    expect(late).toMatchObject([
      { dimensions: { tenant: 'acme' }, delta: -5n, start: date('2026-10-17T00:00:00Z') },
    ]);
    // nobody knows when the next window of a part begins
    expect(late[0]).not.toHaveProperty('carriedTo');
    expect(await metering.total(name, { tenant: 'acme' })).toBe(0);
    expect(await metering.closings(name, range)).toEqual([closed]);
    at('2026-12-20T00:00:00Z');
    await metering.close(name, { window: other, at: date('2026-10-20'), ...soon });
    const dates = async (from: string, to?: string) =>
      (
        await metering.closings(name, {
          ...{ window: inNewYork, from: date(from), to: to === undefined ? undefined : date(to) },
        })
      ).map(({ start }) => start.toISOString().slice(0, 10));
    expect(await dates('2026-10-17T04:00:00Z')).toEqual(['2026-10-17', '2026-10-18']);
    expect(await dates('2026-10-17T04:00:00Z', '2026-10-18T04:00:00Z')).toEqual(['2026-10-17']);
    expect(await dates('2026-11-17T05:00:00Z')).toEqual([]);
    // one window alone: by any moment in it
    expect(await dates('2026-11-12T00:00:00Z', '2026-11-12T00:00:01Z')).toEqual(['2026-10-17']);
  });

  test('wait for the latest anchor that begins with the date, and are told', async () => {
    const { metering, counters, name, take, usage } = metered('february');
    const told: unknown[] = [];
    started()
      .app.get(CounterEvents)
      .on('lateCounts', (event) => told.push(event));
    at('2026-02-28T12:00:00Z');
    await take('acme', 1, { month: { anchor: 28 } });
    const taken = await take('globex', 2, { month: { anchor: 31 } });
    const close = () =>
      metering.close(name, {
        window: { month: { anchor: 28 } },
        at: date('2026-02-28'),
        grace: 0,
        ...soon,
      });
    at('2026-03-31T23:59:59Z');
    await take('globex', 4, { month: { anchor: 30 } });
    await expect(close()).rejects.toThrow('may be closed from 2026-04-01T00:00:00.000Z on');
    at('2026-04-01T00:00:00Z');
    await close();
    const february = { month: { anchor: 31 } };
    expect(await usage(february, '2026-03-01')).toEqual({ final: true, acme: 1, globex: 2 });
    expect(told).toEqual([]);
    await taken.refund();
    await counters.flush();
    await metering.late(name, { window: february, from: date('2026-03-01') });
    expect(told).toEqual([
      { name, window: 'month*', start: date('2026-02-28T00:00:00Z'), counters: 1 },
    ]);
  });

  test('may be days and weeks', async () => {
    const { metering, name, take, usage } = metered('days');
    at('2025-11-27T14:59:00Z');
    const windows = [{ day: { timeZone: 'Asia/Tokyo' } }, { week: { timeZone: 'Asia/Tokyo' } }];
    for (const window of windows) await take('acme', 2, window);
    at('2025-12-02T01:00:00Z');
    for (const [place, window] of windows.entries()) {
      const closed = metering.close(name, { window, at: date('2025-11-27T14:59:00Z'), ...soon });
      if (place === 0) await closed;
      else await expect(closed).resolves.toMatchObject({ start: date('2025-11-24T00:00:00Z') });
      expect(await usage(window, '2025-11-27T14:59:00Z')).toEqual({ final: true, acme: 2 });
    }
  });

  test('are corrected in their numbers, once, and what comes late beside that is told apart', async () => {
    const { metering, counters, name, take, usage } = metered('corrected');
    at('2026-10-20T12:00:00Z');
    const taken = await take('acme', 50, inBerlin);
    const october = { window: inBerlin, at: date('2026-10-20'), dimensions: { tenant: 'acme' } };
    const why = { reason: 'load test', by: 'ada', id: 'ticket-1' };
    // while it is open, a quota sees it at once
    const open = await metering.correct(name, { ...october, ...why, delta: -10 });
    expect(open).toMatchObject({
      ...{ before: 50, after: 40, made: true },
      ...{ start: date('2026-10-16T22:00:00Z'), end: date('2026-11-16T23:00:00Z') },
    });
    const look = { ...october, limit: 45 };
    await expect.poll(() => metering.quota(name, look)).toMatchObject({ used: 40, remaining: 5 });
    await expect.poll(() => metering.total(name, { tenant: 'acme' })).toBe(40);

    at('2026-11-18T01:00:00Z');
    await metering.close(name, { window: inBerlin, at: october.at, ...soon });
    await taken.refund();
    await counters.flush();
    const closed = { ...october, window: inNewYork, reason: 'goodwill', by: 'bob', id: 'ticket-2' };
    const second = await metering.correct(name, { ...closed, value: 35 });
    expect(second).toMatchObject({ before: 40, after: 35, delta: -5, made: true });
    expect(await metering.correct(name, { ...closed, delta: -5 })).toMatchObject({ made: false });
    expect(await usage(inBerlin, '2026-10-20')).toEqual({ final: true, acme: 35 });
    const { late } = await metering.late(name, { window: inBerlin, from: october.at });
    expect(late.map(({ delta }) => delta)).toEqual([-50n]);
    await expect.poll(() => metering.total(name, { tenant: 'acme' })).toBe(-15);

    const list = (window: object, from: string, to?: string) =>
      metering.corrections(name, {
        window: window as typeof inBerlin,
        ...{ from: date(from), to: to === undefined ? undefined : date(to) },
      });
    const kept = await list(inBerlin, '2026-10-20');
    expect(kept).toMatchObject([
      { id: 'ticket-1', window: 'month*', start: date('2026-10-17T00:00:00Z'), windows: [] },
      { id: 'ticket-2', delta: -5, by: 'bob' },
    ]);
    const paged = { window: inBerlin, limit: 1, after: kept[0] };
    expect(await metering.corrections(name, paged)).toEqual(kept.slice(1));
    expect(await list(other, '2026-10-20')).toEqual([]);
    expect(await list(inNewYork, '2026-10-01', '2026-10-17T04:00:00Z')).toEqual([]);
    expect(await list(inNewYork, '2026-10-01', '2026-10-17T04:00:01Z')).toEqual(kept);
    const longer = metering.correct(name, {
      ...october,
      ...why,
      id: 'x',
      delta: 1,
      windows: ['month'],
    });
    await expect(longer).rejects.toThrow('windows of a correction of a month* can be no other one');
    const ahead = metering.correct(name, { ...october, ...why, at: date('2027-01-20'), delta: 1 });
    await expect(ahead).rejects.toThrow('at must be in a month that has begun');
  });

  test('need a window that is one', async () => {
    const { metering, name } = metered('wrong');
    const close = (window: unknown) =>
      expect(metering.close(name, { window: window as 'day', at: date('2026-10-20') })).rejects;
    await close('month*').toThrow('window must be minute, hour, day, month, week, or an object');
    await close({ month: { anchor: 32 } }).toThrow('anchor must be the day on which months begin');
  });
});
