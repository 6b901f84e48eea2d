import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type MeteredGroup,
  type MeteredGroupOptions,
  InvalidArgumentError,
  meteredName,
  MeteringService,
} from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';
import { counted, startCounting } from './counting.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 22, 12);

describe.each(MODES)('MeteringService, %s', (mode) => {
  const started = useApplication({
    mode,
    updateInterval: HOUR,
    windows: {
      counters: [{ prefix: 'ruled.', windows: ['hour'] }],
      retention: { minute: 2 * HOUR },
    },
  });
  const metering = (): MeteringService => started().app.get(MeteringService);

  beforeEach(() => {
    // the process's clock alone: the servers have theirs
    vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const hourly = async (name: string, from = NOON - 2 * HOUR, to = NOON + 2 * HOUR) =>
    (await metering().series(name, { window: 'hour', from, to })).map(({ value }) => value);

  test('keeps the total and every combination of dimensions', async () => {
    const { counters } = started();
    await metering().record('orders', 2, { dimensions: { tenant: 'acme', plan: 'pro' } });
    await metering().record('orders', 3, { dimensions: { tenant: 'acme', plan: 'free' } });
    await metering().record('orders', 5, { dimensions: { tenant: 'b,c}', plan: 'free' } });
    await metering().record('orders');
    const total = (dimensions?: Record<string, string>) => metering().total('orders', dimensions);
    expect(await total()).toBe(11);
    expect(await counters.getCount('orders')).toBe(11);
    expect(await total({ tenant: 'acme' })).toBe(5);
    expect(await total({ plan: 'free' })).toBe(8);
    expect(await total({ plan: 'free', tenant: 'b,c}' })).toBe(5);
    expect(await total({ tenant: 'nobody' })).toBe(0);
    expect(await metering().total('orders', { plan: 'pro' }, { bigint: true })).toBe(2n);
  });

  test('lists a total by dimension, as it is persisted', async () => {
    const { counters } = started();
    const record = (tenant: string, delta: number, plan = 'pro') =>
      metering().record('calls', delta, { dimensions: { tenant, plan } });
    await Promise.all([record('a', 5), record('b', 20), record('c', 1), record('b', 2, 'free')]);
    await counters.flush();
    await record('c', 100);
    const byTenant = await metering().list('calls', { groupBy: 'tenant' });
    expect(byTenant).toEqual([
      { name: 'calls{tenant}a', dimensions: { tenant: 'a' }, value: 5 },
      { name: 'calls{tenant}b', dimensions: { tenant: 'b' }, value: 22 },
      { name: 'calls{tenant}c', dimensions: { tenant: 'c' }, value: 1 },
    ]);
    expect(await counters.getCounts(byTenant.map(({ name }) => name))).toEqual([5, 22, 101]);
    const both = await metering().list('calls', { groupBy: ['tenant', 'plan'], bigint: true });
    const free = { plan: 'free', tenant: 'b' };
    expect(both).toContainEqual({ name: meteredName('calls', free), dimensions: free, value: 2n });
    expect(both).toHaveLength(4);
  });

  test('pages by value show every part once, whatever is pending', async () => {
    const { counters } = started();
    const tenants = ['a', 'b', 'c', 'd', '%zz', 'x,y'];
    for (const [index, tenant] of tenants.entries()) {
      await metering().record('paged', 100 * (1 + (index % 3)), { dimensions: { tenant } });
    }
    // not made by record(): what is read from its name does not lead back to it
    await counters.incr('paged{tenant}x,z', 200);
    await counters.flush();
    await metering().record('paged', 10_000, { dimensions: { tenant: 'b' } });
    for (const bigint of [undefined, true] as const) {
      const options = { groupBy: 'tenant', order: 'value', limit: 2, bigint } as const;
      const names: string[] = [];
      for (let after: MeteredGroup<number | bigint> | undefined; names.length < 20;) {
        const page: MeteredGroup<number | bigint>[] = await metering().list('paged', {
          ...(options as MeteredGroupOptions),
          after,
        });
        if (page.length === 0) break;
        after = page.at(-1);
        names.push(...page.map(({ name }) => name));
      }
      expect(names).toHaveLength(7);
      expect(new Set(names).size).toBe(7);
    }
    const [first] = await metering().list('paged', { groupBy: 'tenant', order: 'value', limit: 1 });
    const { dimensions = {}, value = 0 } = first ?? {};
    const rest = { groupBy: 'tenant', order: 'value', after: { dimensions, value } } as const;
    expect(await metering().list('paged', rest)).toHaveLength(6);
  });

  test('counts a call once in each counter, whatever names it', async () => {
    const { counters } = started();
    const record = (combinations: string[][]) =>
      metering().record('once', 1, { dimensions: { a: 'x', b: 'y' }, combinations });
    const count = (dimensions?: Record<string, string>) => metering().total('once', dimensions);
    await record([
      ['a', 'b'],
      ['b', 'a'],
    ]);
    expect([await count(), await count({ a: 'x', b: 'y' })]).toEqual([1, 1]);
    await record([['a'], ['a'], ['a', 'a']]);
    expect([await count(), await count({ a: 'x' })]).toEqual([2, 1]);
    await record([[], ['b']]);
    expect([await count(), await count({ b: 'y' })]).toEqual([3, 1]);
    expect(await counters.getCount('once')).toBe(3);
  });

  test('counts in the window of the call, pending or persisted, zeros included', async () => {
    const { counters } = started();
    await metering().record('page', 1, { windows: ['hour', 'day'] });
    vi.setSystemTime(NOON + HOUR - 1);
    await metering().record('page', 2, { windows: ['hour', 'day'] });
    vi.setSystemTime(NOON + HOUR);
    await metering().record('page', 4, { windows: ['hour', 'day'] });
    expect(await hourly('page')).toEqual([0, 0, 3, 4]);
    await counters.flush();
    expect(await hourly('page')).toEqual([0, 0, 3, 4]);
    vi.setSystemTime(NOON - HOUR);
    await metering().record('page', 8, { windows: ['hour'] });
    expect(await hourly('page')).toEqual([0, 8, 3, 4]);
    const days = await metering().series('page', { window: 'day', from: NOON, to: NOON + 1 });
    const start = new Date(Date.UTC(2026, 10, 22));
    expect(days).toEqual([{ start, end: new Date(start.getTime() + 24 * HOUR), value: 7 }]);
    expect(await counters.getCount('page')).toBe(15);
  });

  test('takes the time of the call, not of its delivery', async () => {
    const { counters } = started();
    const calls = [0, 1, 2, 3].map((hour) => {
      vi.setSystemTime(NOON + hour * HOUR);
      return [
        counters.incr('later', 1, { windows: ['hour'] }),
        counters.incr('ruled.later'),
        counters.incr('late', 1, { windows: ['hour'] }),
        counters.incr('late', 10),
      ];
    });
    vi.setSystemTime(NOON + 10 * HOUR);
    await Promise.all(calls.flat());
    for (const name of ['late', 'later', 'ruled.later']) {
      expect(await hourly(name, NOON, NOON + 5 * HOUR)).toEqual([1, 1, 1, 1, 0]);
    }
    expect(await counters.getCount('late')).toBe(44);
  });

  test('counts per window what the options say, besides what the call says', async () => {
    const { counters } = started();
    await counters.incr('ruled.a', 3);
    await counters.incrMany([{ name: 'ruled.a', delta: 4, windows: ['day'] }]);
    await counters.incrAndGet('ruled.a', 5);
    await counters.tryIncr('ruled.a', 6, { max: 100 });
    expect(await hourly('ruled.a')).toEqual([0, 0, 18, 0]);
    const [day] = await metering().series('ruled.a', { window: 'day', from: NOON, to: NOON + 1 });
    expect(day?.value).toBe(4);
    await counters.set('ruled.a', 1000);
    expect(await hourly('ruled.a')).toEqual([0, 0, 18, 0]);
  });

  test('says which zeros of a series say nothing', async () => {
    const { counters } = started();
    const kept = async (name: string, window: 'minute' | 'hour' | 'day', from: number) =>
      (await metering().series(name, { window, from, to: NOON + 1 })).map((point) =>
        'kept' in point ? point.kept : point.value,
      );
    // by a rule
    expect(await kept('ruled.none', 'hour', NOON - 2 * HOUR)).toEqual([0, 0, 0]);
    // by nobody
    await counters.incr('ruled.none', 3);
    expect(await kept('ruled.none', 'day', NOON)).toEqual([false]);
    expect(await kept('unruled', 'hour', NOON - HOUR)).toEqual([false, false]);
    // by what a call says
    await counters.incr('by.call', 3, { windows: ['hour', 'minute'] });
    expect(await kept('by.call', 'hour', NOON - HOUR)).toEqual([0, 3]);
    // no more: minutes are removed two hours after their end
    const minutes = await kept('by.call', 'minute', NOON - 2 * HOUR - 2 * MINUTE);
    expect(minutes.slice(0, 3)).toEqual([false, false, 0]);
    expect(minutes.slice(3, -1).every((value) => value === 0)).toBe(true);
    expect(minutes.at(-1)).toBe(3);
    // one that is late to be removed is what was counted
    vi.setSystemTime(NOON + 3 * HOUR);
    const [late] = await metering().series('by.call', {
      window: 'minute',
      from: NOON,
      to: NOON + 1,
    });
    expect(late).toEqual({ start: new Date(NOON), end: new Date(NOON + MINUTE), value: 3 });
  });

  test('keeps windows by dimension', async () => {
    const options = { dimensions: { tenant: 'acme' }, windows: ['month'] } as const;
    await metering().record('usage', 3, options);
    await metering().record('usage', 4, { ...options, dimensions: { tenant: 'other' } });
    const series = (dimensions?: Record<string, string>) =>
      metering().series('usage', { window: 'month', from: NOON, dimensions });
    expect((await series()).map(({ value }) => value)).toEqual([7]);
    expect((await series({ tenant: 'acme' })).map(({ value }) => value)).toEqual([3]);
  });

  test('gives out a quota, and not more', async () => {
    const take = (delta = 1) =>
      metering().consume('api', {
        limit: 5,
        window: 'day',
        delta,
        dimensions: { tenant: 'acme' },
      });
    const resetsAt = new Date(Date.UTC(2026, 10, 23));
    const startsAt = new Date(resetsAt.getTime() - 86_400_000);
    const limit = 5;
    expect(await take(3)).toEqual({
      allowed: true,
      limit,
      used: 3,
      remaining: 2,
      over: 0,
      startsAt,
      resetsAt,
    });
    expect(await take(3)).toEqual({
      allowed: false,
      limit,
      used: 3,
      remaining: 2,
      over: 0,
      startsAt,
      resetsAt,
    });
    const results = await Promise.all(Array.from({ length: 20 }, () => take()));
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(2);
    vi.setSystemTime(resetsAt);
    expect(await take(5)).toMatchObject({ allowed: true, remaining: 0 });
    const forever = await metering().consume('seats', { limit: 1 });
    expect(forever).toEqual({ allowed: true, limit: 1, used: 1, remaining: 0, over: 0 });
  });

  test('refuses what makes no sense', async () => {
    const from = NOON;
    const call = metering();
    const refused: [() => Promise<unknown>, string][] = [
      [() => call.series('a', { window: 'year' as 'day', from }), 'window must be minute, hour'],
      [() => call.series('a', { window: 'day', from: new Date('x') }), 'from must be a valid Date'],
      [() => call.series('a', { window: 'minute', from: 0 }), 'at most 10000 minutes'],
      [() => call.list('a', { groupBy: [] }), 'groupBy must name dimensions'],
      [() => call.total('a{', { t: 1 }), 'must be a string without { and }'],
      [() => call.record('a', 0), 'delta must not be 0'],
      [() => call.record('a', 1, { dimensions: { 'x y': 1 } }), 'The name of a dimension must be'],
      [() => call.consume('a', { limit: 1.5 }), 'limit must be a safe integer'],
    ];
    for (const [made, message] of refused) {
      const promise = made();
      await expect(promise).rejects.toThrow(InvalidArgumentError);
      await expect(promise).rejects.toThrow(message);
    }
  });
});

test('each counter of a call that would be one new one too many counts in the overflow counter', async () => {
  const app = await startCounting(
    {},
    {
      newCounterLimits: [
        { prefix: 'all', limit: 0 },
        { prefix: 'parts{', limit: 0 },
      ],
    },
  );
  const metering = app.get(MeteringService);
  const dimensions = { a: 1, b: 2 };
  await metering.record('all', 1, { dimensions });
  await metering.record('parts', 5, { dimensions });
  await metering.record('parts', 5, { dimensions, combinations: [['a']] });
  expect(await counted(app)).toEqual({ 'all(other)': 4, parts: 10, 'parts{(other)': 20 });
});
