import { describe, expect, test } from 'vitest';
import {
  type CounterEventMap,
  InvalidArgumentError,
  MeteringService,
  type ResetOptions,
} from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

const HOUR = 3_600_000;

describe.each(MODES)('reset() of usage, %s', (mode) => {
  const started = useTwins(mode, { updateInterval: HOUR });
  const both = () => started().map(({ app }) => app.get(MeteringService));
  const one = (): MeteringService => started()[0].app.get(MeteringService);

  test('gives a month back: the window is zero for reads and quotas, in every process, and the total stays', async () => {
    const [first, second] = both() as [MeteringService, MeteringService];
    const [{ counters, dataSource, events, namespace }] = started();
    const told: CounterEventMap['changed'][0][] = [];
    const quota = { limit: 5, window: 'month', dimensions: { tenant: 'acme' } } as const;
    await first.consume('calls', { ...quota, delta: 2 });
    await counters.flush();
    await second.consume('calls', { ...quota, delta: 3 });
    expect(await first.consume('calls', quota)).toMatchObject({ allowed: false, used: 5 });
    await second.consume('calls', { ...quota, dimensions: { tenant: 'globex' } });
    events.on('changed', (event) => told.push(event));
    const { window, dimensions } = quota;
    const options = { window, dimensions, by: 'ann' };
    const before = new Date();
    expect(await first.reset('calls', { ...options, reason: 'outage' })).toEqual({
      ...{ before: 5, counters: 1 },
    });
    const start = new Date(Date.UTC(before.getUTCFullYear(), before.getUTCMonth()));
    expect(told).toEqual([
      {
        ...{ name: 'calls{tenant}acme', operation: 'reset', before: 5n, after: 0n },
        ...{ window: 'month', start, by: 'ann', reason: 'outage' },
      },
    ]);
    for (const metering of both()) {
      expect(await metering.quota('calls', quota)).toMatchObject({ used: 0, remaining: 5 });
      expect(await metering.sum('calls', { window, from: before, dimensions })).toBe(0);
      expect(await metering.total('calls', quota.dimensions)).toBe(5);
    }
    const others = { ...quota, dimensions: { tenant: 'globex' } };
    expect(await second.quota('calls', others)).toMatchObject({ used: 1 });
    expect(await second.consume('calls', { ...quota, delta: 5 })).toMatchObject({ allowed: true });
    await counters.flush();
    const rows = await dataSource.query<{ value: string }[]>(
      `SELECT value::text AS value FROM fast_counter_bucket WHERE namespace = $1 AND name = 'calls{tenant}acme'`,
      [namespace],
    );
    expect(rows).toEqual([{ value: '5' }]);
    expect(await second.total('calls', quota.dimensions)).toBe(10);
    await first.reset('calls', options);
    expect(await first.reset('calls', options)).toEqual({ before: 0, counters: 0 });
  });

  test('is of the window that it names, and of no other one', async () => {
    const [{ counters }] = started();
    const windows = ['hour', 'day'] as const;
    const earlier = Date.now() - 26 * HOUR;
    await counters.incr('hits', 7, { windows, at: earlier });
    await counters.incr('hits', 2, { windows });
    const sum = (window: 'hour' | 'day') => one().sum('hits', { window, from: earlier });
    expect(await one().reset('hits', { window: 'day', at: new Date(earlier) })).toMatchObject({
      before: 7,
    });
    expect([await sum('day'), await sum('hour')]).toEqual([2, 9]);
    expect(await one().reset('hits', { window: 'hour' })).toMatchObject({ before: 2 });
    expect([await sum('day'), await sum('hour')]).toEqual([2, 7]);
    // of the total, as of a quota without a window
    expect(await one().reset('hits')).toEqual({ before: 9, counters: 1 });
    expect([await one().total('hits'), await sum('day'), await sum('hour')]).toEqual([0, 2, 7]);
  });

  test('is of a window of the tenant too, with his time zone and first day', async () => {
    const window = { month: { anchor: 17, timeZone: 'Asia/Tokyo' } } as const;
    const quota = { limit: 5, window } as const;
    await one().consume('billed', { ...quota, delta: 4 });
    expect(await one().reset('billed', { window: 'month' })).toEqual({ before: 0, counters: 0 });
    expect(await one().reset('billed', { window, at: 0 })).toEqual({ before: 0, counters: 0 });
    expect(await one().quota('billed', quota)).toMatchObject({ used: 4 });
    expect(await one().reset('billed', { window, parts: true })).toEqual({
      ...{ before: 4, counters: 1 },
    });
    expect(await one().quota('billed', quota)).toMatchObject({ used: 0 });
    expect(await one().total('billed')).toBe(4);
  });

  test('where nothing was counted it makes no row, and tells nothing', async () => {
    const [{ counters, dataSource, events, namespace }] = started();
    const told: string[] = [];
    events.on('changed', ({ name }) => told.push(name));
    const options = { window: 'day', at: Date.UTC(2001, 1, 1) } as const;
    expect(await one().reset('never', options)).toEqual({ before: 0, counters: 0 });
    expect(await one().reset('never')).toEqual({ before: 0, counters: 0 });
    expect(told).toEqual([]);
    await counters.flush();
    for (const table of ['fast_counter', 'fast_counter_bucket']) {
      const rows = await dataSource.query<unknown[]>(
        `SELECT 1 FROM ${table} WHERE namespace = $1 AND name = 'never'`,
        [namespace],
      );
      expect(rows).toEqual([]);
    }
  });

  test('takes all parts with these dimensions where that is asked for, whatever is persisted of them', async () => {
    const [{ counters }] = started();
    const windows = ['month'] as const;
    const record = (tenant: string, endpoint: string) =>
      one().record('api', 1, { dimensions: { tenant, endpoint }, windows });
    await Promise.all(['a', 'b'].map((endpoint) => record('acme', endpoint)));
    await counters.flush();
    await Promise.all(['c', 'd%'].map((endpoint) => record('acme', endpoint)));
    await record('acme2', 'a');
    const used = async (dimensions?: Record<string, string>) =>
      one().sum('api', { window: 'month', from: new Date(), dimensions });
    const tenant = { window: 'month', dimensions: { tenant: 'acme' } } as const;
    expect(await one().reset('api', tenant)).toEqual({ before: 4, counters: 1 });
    expect(await used({ tenant: 'acme', endpoint: 'd%' })).toBe(1);
    expect(await one().reset('api', { ...tenant, parts: true })).toEqual({
      ...{ before: 0, counters: 4 },
    });
    for (const endpoint of ['a', 'b', 'c', 'd%']) {
      expect(await used({ tenant: 'acme', endpoint })).toBe(0);
      expect(await one().total('api', { tenant: 'acme', endpoint })).toBe(1);
    }
    expect([await used(), await used({ endpoint: 'a' })]).toEqual([5, 2]);
    expect(await used({ tenant: 'acme2', endpoint: 'a' })).toBe(1);
    // all of a name: itself, and its parts by tenant, by endpoint and by both
    expect(await one().reset('api', { window: 'month', parts: true })).toEqual({
      ...{ before: 5, counters: 7 },
    });
    expect([await used(), await used({ endpoint: 'a' }), await used({ tenant: 'acme2' })]).toEqual([
      0, 0, 0,
    ]);
  });

  test('of parts without a window sets their totals to zero', async () => {
    await one().record('all', 3, { dimensions: { tenant: 'a' } });
    expect(await one().reset('all', { parts: true })).toEqual({ before: 3, counters: 2 });
    expect(await one().total('all', { tenant: 'a' })).toBe(0);
  });

  test('beside increments of others every one is given back or counts: none is lost', async () => {
    const [first, second] = both() as [MeteringService, MeteringService];
    const [{ counters, events }] = started();
    const quota = { limit: Infinity, window: 'day' } as const;
    let [taken, given] = [0n, 0n];
    const listen = ({ name, before = 0n }: CounterEventMap['changed'][0]): void => {
      if (name === 'busy') given += before;
    };
    events.on('changed', listen);
    for (let round = 0; round < 10; round++) {
      const taking = Array.from({ length: 20 }, async (_, i) => {
        await second.consume('busy', { ...quota, delta: i + 1 });
        taken += BigInt(i + 1);
      });
      await first.reset('busy', { window: 'day' });
      await Promise.all(taking);
      if (round % 3 === 0) await counters.flush();
    }
    events.off('changed', listen);
    const { used } = await first.quota('busy', { ...quota, bigint: true, limit: 2n ** 62n });
    expect(used + given).toBe(taken);
    expect(given).toBeGreaterThan(0n);
    expect(await first.total('busy')).toBe(Number(taken));
  });

  test('comes behind what its process called before, awaited or not', async () => {
    void one().record('in order', 4, { windows: ['day'] });
    expect(await one().reset('in order', { window: 'day' })).toMatchObject({ before: 4 });
    await one().record('in order', 1, { windows: ['day'] });
    expect(await one().sum('in order', { window: 'day', from: new Date() })).toBe(1);
  });

  test('a refund of a call from before it gives back once more, and used stays at zero', async () => {
    const quota = { limit: 3, window: 'month' } as const;
    const { refund } = await one().consume('pages', { ...quota, delta: 2 });
    await one().reset('pages', { window: 'month' });
    await refund();
    expect(await one().quota('pages', quota)).toMatchObject({ used: 0, remaining: 3 });
    expect(await one().consume('pages', { ...quota, delta: 3 })).toMatchObject({ used: 1 });
  });

  test('thresholds are told again where they are reset too', async () => {
    const [{ events }] = started();
    const told: number[] = [];
    events.on('quotaCrossed', ({ threshold }) => told.push(threshold));
    const dimensions = { tenant: 'acme' };
    const quota = { limit: 10, window: 'month', thresholds: [0.5], dimensions } as const;
    const take = async () => {
      for (let i = 0; i < 3; i++) await one().consume('mails', { ...quota, delta: 2 });
    };
    await take();
    await expect.poll(() => told).toEqual([0.5]);
    await one().reset('mails', { window: 'month', dimensions });
    const crossed = { window: 'month', dimensions, parts: true } as const;
    expect(await one().reset('mails.crossed', crossed)).toEqual({ before: 0, counters: 1 });
    await take();
    await expect.poll(() => told).toEqual([0.5, 0.5]);
  });

  test('answers what no number holds where that is asked for', async () => {
    const [{ counters }] = started();
    await counters.incr('large', 2n ** 60n, { windows: ['day'] });
    const options = { window: 'day', bigint: true } as const;
    expect(await one().reset('large', options)).toEqual({ before: 2n ** 60n, counters: 1 });
  });

  test.each([
    ['a', { window: 'year' }],
    ['a', { at: new Date() }],
    ['a', { window: 'day', at: new Date(NaN) }],
    ['a', { window: 'day', parts: 'all' }],
    ['a', { window: 'day', by: '' }],
    ['a', { window: 'day', limit: 1 }],
    ['a{b}c', { window: 'day', dimensions: { t: 1 } }],
    ['', { window: 'day' }],
    [7, {}],
  ])('refuses %j with %o', async (name, options) => {
    const resetting = one().reset(name as string, options as ResetOptions);
    await expect(resetting).rejects.toThrow(/^\[fastcounter\]/);
    if (name === 'a') await expect(resetting).rejects.toThrow(InvalidArgumentError);
  });
});
