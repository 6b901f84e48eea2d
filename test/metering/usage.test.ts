import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  COUNTER_STORE,
  type CounterCache,
  type CounterStore,
  InvalidArgumentError,
  MeteringService,
  UnsafeCountError,
  type UsageOptions,
} from '../../lib/index.js';
import { listenToStatements } from '../persistence/databases.js';
import { MODES } from '../support/application.js';
import { useApplication, useTwins } from '../support/use-application.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Has something happen before the nth call of a method, from 1. */
function before<Port extends object>(
  port: Port,
  method: keyof Port & string,
  happens: () => Promise<unknown>,
  nth = 1,
): void {
  const real = port[method] as (...args: unknown[]) => Promise<unknown>;
  let calls = 0;
  const spy = vi
    .spyOn(port as Record<string, () => unknown>, method)
    .mockImplementation(async (...args: unknown[]) => {
      if (++calls === nth) await happens();
      return Reflect.apply<Port, unknown[], Promise<unknown>>(real, port, args);
    });
  onTestFinished(() => spy.mockRestore());
}

/** All pages, as one object. */
async function all(metering: MeteringService, name: string, options: UsageOptions) {
  const found: Record<string, number> = {};
  for (let after: string | undefined; ;) {
    const { parts, next } = await metering.usage(name, { ...options, after });
    for (const { dimensions, value } of parts) found[Object.values(dimensions).join()] = value;
    if (next === undefined) return found;
    after = next;
  }
}

describe.each(MODES)('usage(), %s', (mode) => {
  const started = useApplication({ mode, updateInterval: HOUR });
  const metering = (): MeteringService => started().app.get(MeteringService);
  const ofMonth = { groupBy: 'tenant', window: 'month' } as const;

  test('answers all parts of a period, whatever is persisted of them', async () => {
    const { counters } = started();
    const truth: Record<string, number> = {};
    let seed = 11;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let round = 0; round < 8; round++) {
      const increments = Array.from({ length: 60 }, () => {
        const tenant = `tenant-${random(round < 4 ? 200 : 40)}`;
        const delta = random(20) === 0 ? -1 - random(30) : 1 + random(30);
        truth[tenant] = (truth[tenant] ?? 0) + delta;
        return { name: `calls{tenant}${tenant}`, delta, windows: ['month', 'day'] as const };
      });
      await counters.incrMany(increments);
      if (round % 3 === 1) await counters.flush();
      const expected = Object.fromEntries(Object.entries(truth).filter(([, value]) => value !== 0));
      expect(await all(metering(), 'calls', { ...ofMonth, limit: 7 })).toEqual(expected);
      expect(await all(metering(), 'calls', ofMonth)).toEqual(expected);
      expect(await all(metering(), 'calls', { groupBy: 'tenant', limit: 50 })).toEqual(expected);
    }
    const earlier = { ...ofMonth, from: Date.now() - 400 * DAY, to: Date.now() - 200 * DAY };
    expect(await metering().usage('calls', earlier)).toEqual({
      ...{ parts: [], final: false, asOf: expect.any(Date) as Date },
    });
  });

  test('adds up a range of windows, in the order of names', async () => {
    const { dataSource, namespace } = started();
    const today = Math.floor(Date.now() / DAY) * DAY;
    const days = [
      ['zeta', 1, 5],
      ['zeta', 40, 500],
      ['acme', 2, 7],
      ['gone', 1, 4],
      ['gone', 2, -4],
    ] as const;
    for (const [tenant, ago, value] of days) {
      await dataSource.query(
        `INSERT INTO fast_counter_bucket (namespace, name, time_window, starts_at, value, updated_at) VALUES ($1, $2, 'day', $3, $4, now())`,
        [namespace, `range{tenant}${tenant}`, new Date(today - ago * DAY), value],
      );
    }
    const windows = ['day'] as const;
    await metering().record('range', 3, { dimensions: { tenant: 'zeta' }, windows });
    await metering().record('range', 1, { dimensions: { tenant: 'no row yet' }, windows });
    const asked = { groupBy: 'tenant', window: 'day', from: today - 29 * DAY } as const;
    const began = Date.now();
    const { parts, asOf, next } = await metering().usage('range', asked);
    expect(parts).toEqual([
      { name: 'range{tenant}acme', dimensions: { tenant: 'acme' }, value: 7 },
      { name: 'range{tenant}no row yet', dimensions: { tenant: 'no row yet' }, value: 1 },
      { name: 'range{tenant}zeta', dimensions: { tenant: 'zeta' }, value: 8 },
    ]);
    expect(asOf.getTime()).toBeGreaterThanOrEqual(began);
    expect(next).toBeUndefined();
  });

  test('takes values of further dimensions, wherever they stand', async () => {
    const { counters } = started();
    const record = (tenant: string, plan: string, delta: number) =>
      metering().record('orders', delta, { dimensions: { tenant, plan }, windows: ['month'] });
    await Promise.all([record('acme', 'pro', 1), record('beta, Ltd.', 'pro', 2)]);
    await counters.flush();
    await Promise.all([record('acme', 'free_1', 4), record('beta, Ltd.', 'free%1', 8)]);
    const parts = (options: Partial<UsageOptions>) =>
      all(metering(), 'orders', { ...ofMonth, ...options });
    expect(await parts({})).toEqual({ acme: 5, 'beta, Ltd.': 10 });
    expect(await parts({ dimensions: {} })).toEqual({ acme: 5, 'beta, Ltd.': 10 });
    expect(await parts({ dimensions: { plan: 'pro' } })).toEqual({
      'pro,acme': 1,
      'pro,beta, Ltd.': 2,
    });
    expect(await parts({ dimensions: { plan: 'free_1' } })).toEqual({ 'free_1,acme': 4 });
    expect(await parts({ groupBy: 'plan', dimensions: { tenant: 'beta, Ltd.' } })).toEqual({
      'pro,beta, Ltd.': 2,
      'free%1,beta, Ltd.': 8,
    });
    // one part, and the name itself
    expect(await parts({ groupBy: [], dimensions: { tenant: 'acme' } })).toEqual({ acme: 5 });
    expect(await parts({ groupBy: [], dimensions: { tenant: 'acm' } })).toEqual({});
    expect(await parts({ groupBy: [], dimensions: { tenant: 'acme', plan: 'pro' } })).toEqual({
      'pro,acme': 1,
    });
    expect(await parts({ groupBy: [] })).toEqual({ '': 15 });
    // made by hand: of no two dimensions
    await counters.incr('orders{plan,tenant}pro,x,acme', 1, { windows: ['month'] });
    expect(await parts({ groupBy: 'plan', dimensions: { tenant: 'acme' } })).toEqual({
      'pro,acme': 1,
      'free_1,acme': 4,
    });
  });

  test('answers bigints, or refuses what a number would round', async () => {
    const dimensions = { tenant: 'huge' };
    await metering().record('bytes', 2n ** 60n, { dimensions, windows: ['month'] });
    const { parts } = await metering().usage('bytes', { ...ofMonth, bigint: true });
    expect(parts).toEqual([{ name: 'bytes{tenant}huge', dimensions, value: 2n ** 60n }]);
    await expect(metering().usage('bytes', ofMonth)).rejects.toThrow(UnsafeCountError);
  });

  test('sum() adds up the windows of a range, what waits too, beyond 64 bits too', async () => {
    const { dataSource, namespace, counters } = started();
    const today = Math.floor(Date.now() / DAY) * DAY;
    for (const [ago, value] of [
      [1, 5n],
      [40, 500n],
      [100, 2n ** 63n - 1n],
      [101, 2n ** 63n - 1n],
    ] as const) {
      await dataSource.query(
        `INSERT INTO fast_counter_bucket (namespace, name, time_window, starts_at, value, updated_at) VALUES ($1, 'summed', 'day', $2, $3, now())`,
        [namespace, new Date(today - ago * DAY), String(value)],
      );
    }
    await counters.incr('summed', 3, { windows: ['day'] });
    const asked = { window: 'day', from: today - 29 * DAY } as const;
    expect(await metering().sum('summed', asked)).toBe(8);
    expect(await metering().sum('summed', { ...asked, to: today })).toBe(5);
    expect(await metering().sum('summed', { ...asked, from: today - 40 * DAY, bigint: true })).toBe(
      508n,
    );
    const huge = { ...asked, from: today - 101 * DAY };
    expect(await metering().sum('summed', { ...huge, bigint: true })).toBe(2n ** 64n - 2n + 508n);
    await expect(metering().sum('summed', huge)).rejects.toThrow(UnsafeCountError);
    expect(await metering().sum('summed', { ...asked, dimensions: { tenant: 'acme' } })).toBe(0);
    await expect(metering().sum('summed', { window: 'minute', from: 0 })).rejects.toThrow(
      'A sum has at most 10000 minutes',
    );
    await expect(metering().sum('summed', { ...asked, groupBy: 'a' } as never)).rejects.toThrow(
      'sum() has no option "groupBy"',
    );
  });

  test.each<[unknown, RegExp]>([
    [{}, /groupBy must name dimensions/],
    [{ groupBy: [''] }, /name of a dimension must be/],
    [{ groupBy: 'a b' }, /name of a dimension must be/],
    [{ groupBy: 'a', limit: 0 }, /limit must be a whole number from 1 to 10000, not 0/],
    [{ groupBy: 'a', limit: 10_001 }, /limit must be a whole number from 1 to 10000/],
    [
      { groupBy: 'a', window: 'year' },
      /window must be minute, hour, day, month, week, or an object such as .*, not "year"/,
    ],
    [{ groupBy: 'a', from: 0 }, /from and to need the option window/],
    [{ groupBy: 'a', window: 'day', from: 1, to: -DAY }, /to must be later/],
    [{ groupBy: 'a', window: 'minute', from: 0 }, /more than 100000 windows apart/],
    [
      { groupBy: 'a', dimensions: { a: 1 } },
      /must not name the same dimension, as both do with "a"/,
    ],
    [{ groupBy: 'a', dimensions: [] }, /dimensions must be a plain object/],
    [{ groupBy: 'a', after: 'other' }, /after must be what the page before had as next/],
    [{ groupBy: 'a', order: 'value' }, /usage\(\) has no option "order"/],
  ])('refuses %j in words', async (options, words) => {
    const asked = metering().usage('a', options as UsageOptions);
    await expect(asked).rejects.toThrow(InvalidArgumentError);
    await expect(asked).rejects.toThrow(words);
  });
});

describe.each(MODES)('usage() that is overtaken, %s', (mode) => {
  const started = useTwins(mode, { updateInterval: HOUR });
  const options = { groupBy: 'tenant', window: 'month' } as const;
  const count = async (name: string) => {
    const [{ app }] = started();
    return all(app.get(MeteringService), name, options);
  };
  const record = (name: string, tenant: string, delta: number) =>
    started()[1]
      .app.get(MeteringService)
      .record(name, delta, {
        ...{ dimensions: { tenant }, windows: ['month'] as const },
      });

  test('by a batch between what waits and the database counts nothing twice', async () => {
    const [reading, writing] = started();
    await record('between', 'acme', 5);
    before(reading.app.get<CounterStore>(COUNTER_STORE), 'parts', () => writing.counters.flush());
    expect(await count('between')).toEqual({ acme: 5 });
    expect(await count('between')).toEqual({ acme: 5 });
  });

  test('by a batch that is open, persisted, or told of counts it once', async () => {
    const both = started();
    await record('open', 'acme', 5);
    await record('open', 'beta', 1);
    const [atApply, atEnd] = [gate(), gate()];
    const applying = atApply.reached;
    for (const { app } of both) {
      before(app.get<CounterStore>(COUNTER_STORE), 'apply', atApply.wait);
      before(app.get<CounterCache>(COUNTER_CACHE), 'acknowledge', atEnd.wait);
    }
    const flushed = both[1].counters.flush();
    await applying;
    await record('open', 'acme', 20);
    expect(await count('open')).toEqual({ acme: 25, beta: 1 });
    atApply.open();
    await atEnd.reached;
    expect(await count('open')).toEqual({ acme: 25, beta: 1 });
    atEnd.open();
    await flushed;
    expect(await count('open')).toEqual({ acme: 25, beta: 1 });
  });

  test('again and again never shows a part go down, nor misses what was acknowledged', async () => {
    const [reading] = started();
    const metering = reading.app.get(MeteringService);
    let acknowledged = 0;
    const until = new AbortController();
    const { signal } = until;
    const counting = (async () => {
      while (!signal.aborted) {
        await record('busy', 'acme', 1);
        acknowledged++;
      }
    })();
    const flushing = (async () => {
      while (!signal.aborted) await started()[1].counters.flush();
    })();
    let last = 0;
    try {
      for (const end = Date.now() + 1500; Date.now() < end;) {
        const least = acknowledged;
        const [part] = (await metering.usage('busy', options)).parts;
        const value = part?.value ?? 0;
        expect(value).toBeGreaterThanOrEqual(Math.max(last, least));
        last = value;
      }
    } finally {
      until.abort();
      await Promise.all([counting, flushing]);
    }
    expect(last).toBeGreaterThan(0);
    expect(await count('busy')).toEqual({ acme: acknowledged });
  });
});

/** Stops who waits, until it is opened. */
function gate() {
  let [open, reach] = [(): void => undefined, (): void => undefined];
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const wait = (): Promise<void> => {
    reach();
    return opened;
  };
  return { open, reached, wait };
}

describe('ten thousand parts', () => {
  const started = useTwins('redis', { updateInterval: HOUR });
  const windows = ['month'] as const;
  const names = Array.from({ length: 10_000 }, (_, id) => `big{tenant}t${id}`);
  const asked = { groupBy: 'tenant', window: 'month', limit: 10_000 } as const;

  test('cost less than twenty reads of one, and are right also where a batch is claimed meanwhile', async () => {
    const [{ app }, { counters }] = started();
    const metering = app.get(MeteringService);
    await counters.incrMany(names.slice(0, 9000).map((name) => ({ name, delta: 2, windows })));
    await counters.flush();
    await counters.incrMany(names.map((name) => ({ name, windows })));
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const spies = (['waiting', 'look'] as const).map((method) => vi.spyOn(cache, method));
    const { sent, stop } = listenToStatements();
    const { parts } = await metering.usage('big', asked);
    stop();
    // a read of one part that is not cached is one call to Redis and one statement
    const calls = spies.flatMap(({ mock }) => mock.calls).length;
    for (const spy of spies) spy.mockRestore();
    // in the background, processes look at ledgers
    const statements = sent.filter(({ parameters }) => String(parameters).includes('big{tenant}'));
    expect(statements).toHaveLength(1);
    expect(calls).toBeLessThan(20);
    const truth = new Map(names.map((name, id) => [name, id < 9000 ? 3 : 1]));
    expect(new Map(parts.map(({ name, value }) => [name, value]))).toEqual(truth);

    // every partition has one more page
    before(cache, 'waiting', () => counters.flush(), 7);
    const torn = await metering.usage('big', asked);
    expect(new Map(torn.parts.map(({ name, value }) => [name, value]))).toEqual(truth);
  });
});
