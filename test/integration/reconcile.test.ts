import { DataSource } from 'typeorm';
import { describe, expect, test } from 'vitest';
import {
  type CounterDelta,
  InvalidArgumentError,
  MeteringService,
  type ReconcileOptions,
} from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;

describe.each(MODES)('reconcile(), %s', (mode) => {
  const windows = { counters: [{ prefix: 'windowed:', windows: ['day'] as const }] };
  const started = useApplication({ mode, updateInterval: HOUR, windows });
  const truthOf = (truths: Record<string, CounterDelta>) => () => new Map(Object.entries(truths));

  test('corrects what is wrong, and says what that was', async () => {
    const { counters } = started();
    await counters.incrMany([
      { name: 'likes:1', delta: 5 },
      { name: 'likes:2', delta: 7 },
      { name: 'likes:gone', delta: 3 },
    ]);
    const names = ['likes:1', 'likes:2', 'likes:gone', 'likes:missing', 'likes:1'];
    const truth = truthOf({ 'likes:1': 5, 'likes:2': 9n, 'likes:missing': -2 });
    const drifts = [
      { name: 'likes:2', counted: 7n, truth: 9n },
      { name: 'likes:gone', counted: 3n, truth: 0n },
      { name: 'likes:missing', counted: 0n, truth: -2n },
    ];
    const found = { checked: 4, drifted: 3, drifts, changedMeanwhile: [] };
    const looked = await counters.reconcile({ names, truth, dryRun: true });
    expect(looked).toEqual({ ...found, corrected: 0 });
    expect(await counters.getCounts(names.slice(0, 4))).toEqual([5, 7, 3, 0]);
    expect(await counters.reconcile({ names, truth })).toEqual({ ...found, corrected: 3 });
    expect(await counters.getCounts(names.slice(0, 4))).toEqual([5, 9, 0, -2]);
    expect(await counters.reconcile({ names, truth })).toMatchObject({ drifted: 0, corrected: 0 });
  });

  test('goes through all counters of a prefix, and no window shows the correction', async () => {
    const { app, counters } = started();
    const names = Array.from({ length: 1200 }, (_, id) => `windowed:${id}`);
    await counters.incrMany(names.map((name) => ({ name })));
    await counters.flush();
    const truth = (asked: readonly string[]) => new Map(asked.map((name) => [name, 2]));
    const found = await counters.reconcile({ prefix: 'windowed:', truth });
    expect(found).toMatchObject({ checked: 1200, drifted: 1200, corrected: 1200 });
    expect(found.drifts).toHaveLength(1000);
    expect(new Set(await counters.getCounts(names))).toEqual(new Set([2]));
    const from = Date.now() - HOUR;
    const days = await app.get(MeteringService).top({ prefix: 'windowed:', window: 'day', from });
    expect(new Set(days.map(({ value }) => value))).toEqual(new Set([1]));
  });

  test('overwrites no increment that comes meanwhile, however fast they come', async () => {
    const { counters } = started();
    const names = Array.from({ length: 8 }, (_, id) => `busy:${id}`);
    const truths = new Map(names.map((name) => [name, 0]));
    // what was lost before
    await counters.incrMany(names.map((name) => ({ name, delta: -1000 })));
    let stopped = false;
    const write = async (name: string): Promise<void> => {
      while (!stopped) {
        truths.set(name, (truths.get(name) ?? 0) + 1);
        await counters.incr(name);
      }
    };
    const writing = names.slice(0, 4).map(write);
    const truth = () => new Map(truths);
    for (let round = 0; round < 20; round++) await counters.reconcile({ names, truth });
    stopped = true;
    await Promise.all(writing);
    await counters.reconcile({ names, truth });
    expect(await counters.getCounts(names)).toEqual(names.map((name) => truths.get(name)));
  });

  test('what a transaction has committed is in the truth, and counted before it is compared', async () => {
    const { app, counters } = started();
    const commit = () =>
      app
        .get(DataSource)
        .transaction((transaction) => counters.incr('stars:1', 2, { transaction }));
    await commit();
    const options = { names: ['stars:1'], truth: truthOf({ 'stars:1': 2 }) };
    expect(await counters.reconcile(options)).toMatchObject({ drifted: 0, corrected: 0 });
    let asked = 0;
    const meanwhile = async () => {
      if (asked++ === 0) await commit();
      return new Map([['stars:1', 4]]);
    };
    const found = await counters.reconcile({ names: ['stars:1'], truth: meanwhile });
    expect(found).toMatchObject({ drifted: 0, corrected: 0, changedMeanwhile: [] });
    await commit();
    expect(await counters.importTotals([{ name: 'stars:1', value: 6 }])).toMatchObject({ set: 0 });
    await counters.flush();
    expect(await counters.getCount('stars:1')).toBe(6);
  });

  test('names counters that change each time they are looked at', async () => {
    const { counters } = started();
    const truth = async () => {
      await counters.incr('restless');
      return new Map([['restless', 100]]);
    };
    const found = await counters.reconcile({ names: ['restless'], truth });
    expect(found).toMatchObject({ drifted: 0, corrected: 0, changedMeanwhile: ['restless'] });
    expect(await counters.getCount('restless')).toBe(3);
  });

  test.each<[unknown, RegExp]>([
    [{}, /either names or prefix/],
    [{ names: [], prefix: 'a', truth: () => new Map() }, /either names or prefix/],
    [{ names: ['a'] }, /truth must be a function, not undefined/],
    [{ names: ['a'], truth: () => ({}) }, /truth must answer a Map/],
    [
      { names: ['a'], truth: () => new Map([['a', 1.5]]) },
      /The truth of "a" must be a safe integer/,
    ],
    [{ prefix: 7, truth: () => new Map() }, /prefix must be/],
    [{ names: ['a'], truth: () => new Map(), dryRun: 1 }, /dryRun must be true or false, not 1/],
  ])('refuses %j in words', async (options, words) => {
    const refused = started().counters.reconcile(options as ReconcileOptions);
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toThrow(words);
  });
});

describe('setMany()', () => {
  const started = useApplication({ updateInterval: HOUR });

  test('sets many totals, or none where one is wrong', async () => {
    const { counters } = started();
    await counters.incr('set:1', 40);
    const entries = new Map<string, CounterDelta>([
      ['set:1', 7],
      ['set:2', 2n ** 60n],
    ]);
    await counters.setMany(Array.from(entries, ([name, value]) => ({ name, value })));
    expect(await counters.getCounts(entries.keys(), { bigint: true })).toEqual([7n, 2n ** 60n]);
    const wrong = counters.setMany([
      { name: 'set:1', value: 1 },
      { name: 'set:2', value: 0.5 },
    ]);
    await expect(wrong).rejects.toThrow(/value must be a safe integer, not 0.5/);
    expect(await counters.getCount('set:1')).toBe(7);
  });
});
