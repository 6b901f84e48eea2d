import { Controller, type ExecutionContext, Get } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  CounterBucket,
  type CounterEventMap,
  CounterEvents,
  InvalidArgumentError,
  InvalidOptionsError,
  MeteringService,
  type OwnWindow,
  Quota,
  type QuotaRule,
} from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';
import { serve } from './quota-application.js';

const at = (instant: string): void =>
  void vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(instant) });
const inBerlin = { month: { anchor: 17, timeZone: 'Europe/Berlin' } };
const date = (text: string): Date => new Date(text);

afterEach(() => {
  vi.useRealTimers();
});

describe.each(MODES)('quotas with windows of their own, of two processes, %s,', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });
  const metering = (call = 0): MeteringService => {
    const [first, second] = started();
    return (call % 2 === 0 ? first : second).app.get(MeteringService);
  };

  test('begin on the day of the anchor, in the time zone of the tenant', async () => {
    const quota = { limit: 7, window: inBerlin, dimensions: { tenant: 'acme' } };
    at('2026-11-16T22:59:59.999Z');
    const calls = Array.from({ length: 20 }, (_, call) => metering(call).consume('calls', quota));
    const answers = await Promise.all(calls);
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(7);
    expect(answers[0]).toMatchObject({
      startsAt: date('2026-10-16T22:00:00Z'),
      resetsAt: date('2026-11-16T23:00:00Z'),
    });
    at('2026-11-16T23:00:00Z');
    expect(await metering().consume('calls', quota)).toMatchObject({
      ...{ allowed: true, used: 1, remaining: 6 },
      startsAt: date('2026-11-16T23:00:00Z'),
      resetsAt: date('2026-12-16T23:00:00Z'),
    });
    const past = await metering(1).quota('calls', { ...quota, at: date('2026-11-01T00:00:00Z') });
    expect(past).toMatchObject({ allowed: false, used: 7, resetsAt: date('2026-11-16T23:00:00Z') });
    expect(await metering().total('calls', quota.dimensions)).toBe(8);
  });

  test('with an anchor that a month does not have begin on its last day, and on the anchor after it', async () => {
    const quota = { limit: 2, window: { month: { anchor: 31 } } };
    const used: unknown[] = [];
    for (const day of ['2028-02-28', '2028-02-29', '2028-03-30', '2028-03-31', '2028-04-29']) {
      at(`${day}T12:00:00Z`);
      const { used: now, startsAt } = await metering().consume('clamped', quota);
      used.push([now, startsAt?.toISOString().slice(0, 10)]);
    }
    expect(used).toEqual([
      [1, '2028-01-31'],
      [1, '2028-02-29'],
      [2, '2028-02-29'],
      [1, '2028-03-31'],
      [2, '2028-03-31'],
    ]);
  });

  test('are given back to the window that was taken from, and a key that comes again in the next one takes nothing', async () => {
    const quota = { limit: 5, window: { day: { timeZone: 'Asia/Tokyo' } }, delta: 2 };
    at('2026-11-27T14:59:00Z');
    const before = await metering().consume('back', quota);
    const keyed = () => metering(1).consume('back', { ...quota, idempotencyKey: 'k' });
    await keyed();
    at('2026-11-27T15:01:00Z');
    expect(await keyed()).toMatchObject({ allowed: true, used: 0 });
    await metering().consume('back', quota);
    await before.refund();
    const days = await metering().series('back', {
      window: quota.window,
      from: date('2026-11-27T14:00:00Z'),
    });
    expect(days.map(({ start, value }) => [start, value])).toEqual([
      [date('2026-11-26T15:00:00Z'), 2],
      [date('2026-11-27T15:00:00Z'), 2],
    ]);
    const { refund } = await keyed();
    // of the day of that answer, in which the key took nothing
    await refund();
    expect(await metering().total('back')).toBe(2);
    expect(await metering().quota('back', { limit: 5, window: quota.window })).toMatchObject({
      used: 0,
    });
  });

  test('go on where they were when the tenant moves to another time zone, and begin anew with another anchor', async () => {
    at('2026-11-20T12:00:00Z');
    const take = (month: object) =>
      metering().consume('moved', { limit: 10, delta: 3, window: { month } });
    await take(inBerlin.month);
    expect(await take({ ...inBerlin.month, timeZone: 'America/New_York' })).toMatchObject({
      ...{ used: 6, startsAt: date('2026-11-17T05:00:00Z') },
    });
    expect(await take({ ...inBerlin.month, anchor: 20 })).toMatchObject({ used: 3 });
    expect(await metering().quota('moved', { limit: 10, window: inBerlin })).toMatchObject({
      used: 6,
    });
    expect(await metering().quota('moved', { limit: 10, window: 'month' })).toMatchObject({
      used: 0,
    });
  });

  test('are of no second quota for a date in however many time zones', async () => {
    const zones = ['Pacific/Kiritimati', 'Europe/Berlin', 'UTC', 'America/New_York', 'Etc/GMT+12'];
    const allowed = new Map<string, number>();
    for (let hour = 0; hour < 72; hour += 3) {
      at(new Date(Date.UTC(2026, 10, 26, hour)).toISOString());
      for (const timeZone of zones) {
        const quota = { limit: 2, window: { day: { timeZone } } };
        const answer = await metering().consume('around', quota);
        if (!answer.allowed) continue;
        const shown = new Intl.DateTimeFormat('sv', { timeZone }).format(Date.now());
        allowed.set(shown, (allowed.get(shown) ?? 0) + 1);
      }
    }
    expect(new Set(allowed.values())).toEqual(new Set([2]));
    expect(allowed.size).toBeGreaterThan(3);
  });

  test('are read for all tenants whose window begins with a date, whatever is persisted of them', async () => {
    const [{ counters, dataSource, namespace }] = started();
    at('2026-11-20T12:00:00Z');
    const take = (tenant: string, delta: number, month: object) =>
      metering().consume('mails', {
        ...{ limit: Infinity, delta, window: { month }, dimensions: { tenant } },
      });
    await take('acme', 2, inBerlin.month);
    await take('initech', 5, { ...inBerlin.month, timeZone: 'America/New_York' });
    await take('other', 7, { anchor: 18 });
    await counters.flush();
    await take('acme', 1, inBerlin.month);
    await take('globex', 4, inBerlin.month);
    const usage = { groupBy: 'tenant', window: inBerlin };
    const { parts } = await metering().usage('mails', usage);
    expect(parts.map(({ dimensions, value }) => [dimensions.tenant, value])).toEqual([
      ['acme', 3],
      ['globex', 4],
      ['initech', 5],
    ]);
    const all = await metering().usage('mails', { groupBy: 'tenant' });
    expect(all.parts.map(({ value }) => value)).toEqual([3, 4, 5, 7]);
    const past = await metering().usage('mails', { ...usage, from: date('2026-11-01') });
    expect(past.parts).toEqual([]);
    const dimensions = { tenant: 'acme' };
    const quarter = {
      window: inBerlin,
      from: date('2026-10-20'),
      to: date('2027-01-01'),
      dimensions,
    };
    expect(await metering().sum('mails', quarter)).toBe(3);
    expect((await metering().series('mails', quarter)).map(({ value }) => value)).toEqual([
      0, 3, 0,
    ]);
    await counters.flush();
    const name = 'mails{tenant}acme';
    const rows = await dataSource.manager.findBy(CounterBucket, { name, namespace });
    expect(rows.map(({ window, startsAt, value }) => [window, startsAt, value])).toEqual([
      ['month*', date('2026-11-17T00:00:00Z'), 3n],
    ]);
    await counters.rename(name, 'mails{tenant}acme inc');
    const renamed = { ...quarter, dimensions: { tenant: 'acme inc' } };
    expect(await metering().sum('mails', renamed)).toBe(3);
    await counters.delete('mails{tenant}acme inc');
    expect(await metering().sum('mails', renamed)).toBe(0);
  });

  test('have thresholds that are told once in each window', async () => {
    const told: CounterEventMap['quotaCrossed'][0][] = [];
    for (const { app } of started())
      app.get(CounterEvents).on('quotaCrossed', (it) => told.push(it));
    const quota = { limit: 4, window: inBerlin, dimensions: { tenant: 'acme' }, thresholds: [0.5] };
    for (const month of ['10', '11']) {
      at(`2026-${month}-20T12:00:00Z`);
      await Promise.all([1, 2, 3, 4].map((call) => metering(call).consume('told', quota)));
    }
    await Promise.all(started().map(({ counters }) => counters.flush()));
    const of = { name: 'told', dimensions: { tenant: 'acme' }, window: 'month', threshold: 0.5 };
    expect(told.map(({ used, ...rest }) => [rest, used >= 2n])).toEqual([
      [{ ...of, limit: 4n, start: date('2026-10-16T22:00:00Z') }, true],
      [{ ...of, limit: 4n, start: date('2026-11-16T23:00:00Z') }, true],
    ]);
  });

  test('are not joined by increments that are of no such window', async () => {
    const quota = { limit: 100, window: inBerlin };
    const [{ counters }] = started();
    const { refund } = await metering().consume('apart', { ...quota, delta: 5 });
    // while a call is under way, what comes next gathers behind it
    const calls = [counters.incr('apart'), refund()];
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    calls.push(counters.incr('apart'), counters.incr('apart'));
    await Promise.all(calls);
    expect(await metering().quota('apart', quota)).toMatchObject({ used: 0 });
    expect(await metering().total('apart')).toBe(3);
  });

  test('refuse what is no window, in plain words', async () => {
    const wrong = (window: unknown) =>
      expect(metering().consume('wrong', { limit: 1, window: window as OwnWindow })).rejects;
    const example = "such as { month: { anchor: 17, timeZone: 'Europe/Berlin' } }";
    const cases: [unknown, string][] = [
      [
        'year',
        `window must be minute, hour, day, month, week, or an object ${example}, not "year"`,
      ],
      [null, 'window must be minute'],
      [[], 'window must be minute'],
      [new Date(0), 'window must be minute'],
      [{}, `A window that is an object must have one of day, week, month, ${example}, not {}`],
      [{ day: {}, month: {} }, 'must have one of day, week, month'],
      [{ hour: {} }, 'must have one of day, week, month'],
      [{ month: {}, anchor: 3 }, 'window has no option "anchor"; it has month'],
      [{ month: 17 }, 'The options of window.month must be an object, not 17'],
      [{ week: { anchor: 1 } }, 'window.week has no option "anchor"; it has timeZone'],
      ...[0, 32, 1.5, '17', NaN, 17n].map((anchor): [unknown, string] => [
        { month: { anchor } },
        'anchor must be the day on which months begin, from 1 to 31, not ',
      ]),
      ...['Mars/Base', '', 7, 'x'.repeat(1_000_000)].map((timeZone): [unknown, string] => [
        { day: { timeZone } },
        'timeZone must be an IANA time zone such as Europe/Berlin, not ',
      ]),
      [
        {
          get month() {
            throw new Error('no');
          },
        },
        'could not be read',
      ],
    ];
    for (const [window, message] of cases) {
      await wrong(window).toThrow(InvalidArgumentError);
      await wrong(window).toThrow(message);
    }
    const look = { limit: 1, window: 'day' } as const;
    for (const moment of [-1, Date.UTC(9999, 0), NaN, '2026', date('x')]) {
      const call = metering().quota('wrong', { ...look, at: moment as number });
      await expect(call).rejects.toThrow(/^\[\w+\] at must be /);
    }
    await expect(metering().quota('wrong', { limit: 1, at: 0 })).rejects.toThrow(
      'at needs the option window',
    );
    const long = {
      window: inBerlin,
      groupBy: 'tenant',
      from: date('2026-11-20'),
      to: date('2027-03-01'),
    };
    await expect(metering().usage('wrong', long)).rejects.toThrow(
      'usage() answers one window of its own time zone or first day',
    );
  });
});

/** What the guard in front of a route would know of the caller. */
const plans: Record<string, unknown> = {
  acme: inBerlin,
  globex: { day: { timeZone: 'America/New_York' } },
  mistaken: { month: { anchor: 0 } },
};
const tenant = (context: ExecutionContext) =>
  context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-tenant'];
const windowOf = (context: ExecutionContext) =>
  Promise.resolve(plans[tenant(context) ?? ''] as OwnWindow);

@Controller()
class Routes {
  @Get()
  @Quota({ name: 'routes', timeout: 30_000, limit: 2, window: windowOf, dimensions: { tenant } })
  list(): string {
    return 'ok';
  }
}

test('@Quota() takes the window of each call by a function, and says in headers when it ends', async () => {
  at('2026-11-20T12:00:00Z');
  const { call, logged, metering } = await serve(new ExpressAdapter(), [Routes]);
  const of = async (name: string) => {
    const response = await call('', { 'x-tenant': name });
    const { headers, status } = response;
    return [status, headers.get('ratelimit-policy'), headers.get('ratelimit-reset')];
  };
  const month = 30 * 86_400;
  const left = (Date.parse('2026-12-16T23:00:00Z') - Date.now()) / 1000;
  expect(await of('acme')).toEqual([200, `"routes";q=2;w=${month}`, String(left)]);
  expect(await of('globex')).toEqual([200, '"routes";q=2;w=86400', String(17 * 3_600)]);
  await of('acme');
  expect((await of('acme'))[0]).toBe(429);
  const dimensions = { tenant: 'acme' };
  const state = await metering.quota('routes', { limit: 2, window: inBerlin, dimensions });
  expect(state).toMatchObject({ allowed: false, used: 2 });
  expect([(await of('mistaken'))[0], (await of('nobody'))[0]]).toEqual([500, 500]);
  expect(logged.join()).toContain('anchor must be the day on which months begin, from 1 to 31');
});

test.each<[unknown, string]>([
  [{ month: { anchor: 32 } }, 'anchor must be the day on which months begin, from 1 to 31, not 32'],
  [{ day: { timeZone: 'Mars/Base' } }, 'timeZone must be an IANA time zone'],
  ['year', 'window must be minute, hour, day, month, week, or an object'],
])('@Quota() refuses a window that is none when the class is defined: %j', (window, message) => {
  const rule = { name: 'wrong', limit: 1, window } as QuotaRule;
  expect(() => Quota(rule)).toThrow(InvalidOptionsError);
  expect(() => Quota(rule)).toThrow(message);
});
