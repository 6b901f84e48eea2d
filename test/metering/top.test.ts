import { describe, expect, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  InvalidArgumentError,
  MeteringService,
  type TopOptions,
} from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;

describe.each(MODES)('top(), %s', (mode) => {
  const started = useApplication({ mode, updateInterval: HOUR });
  const metering = (): MeteringService => started().app.get(MeteringService);
  const names = (found: readonly { name: string }[]): string[] => found.map(({ name }) => name);

  test('lists the most counted of the present window, also where nothing of it is persisted', async () => {
    const { counters } = started();
    const windows = ['day', 'week'] as const;
    const each = [3, 9, 1, 5].map((delta, id) => ({ name: `now:${id}`, delta, windows }));
    await counters.incrMany([...each, { name: 'now:total alone', delta: 50 }]);
    for (const window of windows) {
      expect(await metering().top({ prefix: 'now:', window, limit: 3 })).toEqual([
        { name: 'now:1', dimensions: {}, value: 9 },
        { name: 'now:3', dimensions: {}, value: 5 },
        { name: 'now:0', dimensions: {}, value: 3 },
      ]);
    }
    expect(names(await metering().top({ prefix: 'now:', limit: 2 }))).toEqual([
      ...['now:total alone', 'now:1'],
    ]);
  });

  test('is right to the last increment, whatever is persisted of it', async () => {
    const { counters } = started();
    const windows = ['hour'] as const;
    const truth = new Map<string, number>();
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const options = { prefix: 'exact:', window: 'hour' } as const;
    for (let round = 0; round < 12; round++) {
      const increments = Array.from({ length: 60 }, () => {
        const name = `exact:${random(round < 6 ? 400 : 40)}`;
        const delta = random(20) === 0 ? -1 - random(30) : 1 + random(30);
        truth.set(name, (truth.get(name) ?? 0) + delta);
        return { name, delta, windows };
      });
      await counters.incrMany(increments);
      if (round % 3 === 1) await counters.flush();
      const expected = [...truth]
        .filter(([, value]) => value !== 0)
        .sort(([a, x], [b, y]) => y - x || (a < b ? 1 : -1));
      const found = await metering().top({ ...options, limit: 10 });
      expect(found.map(({ name, value }) => [name, value])).toEqual(expected.slice(0, 10));
      const totals = await metering().top({ prefix: 'exact:', limit: 5 });
      expect(totals.map(({ name, value }) => [name, value])).toEqual(expected.slice(0, 5));
      const next = await metering().top({ ...options, limit: 10, after: found.at(-1) });
      expect(next.map(({ name, value }) => [name, value])).toEqual(expected.slice(10, 20));
    }
  });

  test('reads few of the counters that wait, also where all of them counted the same', async () => {
    const { app, counters } = started();
    const all = Array.from({ length: 3000 }, (_, id) => `alike:${String(id).padStart(4, '0')}`);
    await counters.incrMany(all.map((name) => ({ name, windows: ['hour'] })));
    const look = vi.spyOn(app.get<CounterCache>(COUNTER_CACHE), 'look');
    const found = await metering().top({ prefix: 'alike:', window: 'hour', limit: 5 });
    expect(names(found)).toEqual(all.toReversed().slice(0, 5));
    const asked = look.mock.calls.flatMap(([, each]) => each);
    look.mockRestore();
    expect(asked.length).toBeLessThan(300);
  });

  test('adds up a range of windows, and ranks the parts of a metered name', async () => {
    const { dataSource, namespace, counters } = started();
    const today = Math.floor(Date.now() / DAY) * DAY;
    const days = [
      ['calls{tenant}acme', 1, 5],
      ['calls{tenant}acme', 40, 500],
      ['calls{tenant}beta', 2, 7],
      ['calls{plan}pro', 1, 90],
    ] as const;
    for (const [name, ago, value] of days) {
      await dataSource.query(
        `INSERT INTO fast_counter_bucket (namespace, name, time_window, starts_at, value, updated_at) VALUES ($1, $2, 'day', $3, $4, now())`,
        [namespace, name, new Date(today - ago * DAY), value],
      );
    }
    const dimensions = { tenant: 'acme' };
    await metering().record('calls', 3, { dimensions, windows: ['day'] });
    const byTenant = { name: 'calls', groupBy: 'tenant', window: 'day' } as const;
    expect(await metering().top({ ...byTenant, from: today - 29 * DAY })).toEqual([
      { name: 'calls{tenant}acme', dimensions, value: 8 },
      { name: 'calls{tenant}beta', dimensions: { tenant: 'beta' }, value: 7 },
    ]);
    expect(names(await metering().top({ ...byTenant, bigint: true }))).toEqual([
      'calls{tenant}acme',
    ]);
    expect(await counters.getCount('calls')).toBe(3);
  });

  test.each<[unknown, RegExp]>([
    [{}, /either prefix, or name and groupBy/],
    [{ prefix: 'a', name: 'b' }, /either prefix, or name and groupBy/],
    [{ name: 'b' }, /either prefix, or name and groupBy/],
    [{ prefix: 7 }, /prefix must be a well-formed string without control characters, not 7/],
    [{ prefix: 'a', limit: 0 }, /limit must be a whole number from 1 to 1000, not 0/],
    [{ prefix: 'a', window: 'year' }, /window must be minute, hour, day, month, week, not "year"/],
    [{ prefix: 'a', from: 0 }, /from and to need the option window/],
    [{ prefix: 'a', window: 'day', from: 1, to: -DAY }, /to must be later/],
    [{ prefix: 'a', window: 'minute', from: 0 }, /more than 100000 windows apart/],
    [{ prefix: 'a', window: 'day', from: 0, limit: 1000 }, /are more than 100000 buckets/],
    [{ prefix: 'a', after: 'b' }, /after must be the last counter of the page before/],
    [{ prefix: 'a', first: 1 }, /first/],
  ])('refuses %j in words', async (options, words) => {
    const asked = metering().top(options as TopOptions);
    await expect(asked).rejects.toThrow(InvalidArgumentError);
    await expect(asked).rejects.toThrow(words);
  });
});
