import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_STORE,
  type CounterEventMap,
  type CounterStore,
  type Imported,
  InvalidArgumentError,
} from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

describe.each(MODES)('importTotals(), %s', (mode) => {
  const started = useApplication({ mode, updateInterval: 3_600_000 });
  const names = (prefix: string, number: number): string[] =>
    Array.from({ length: number }, (_, id) => `${prefix}:${id}`);

  test('sets totals from any iterable, and has them in the database when it resolves', async () => {
    const { counters, row } = started();
    await counters.incrMany([
      { name: 'many:0', delta: 5 },
      { name: 'many:1', delta: 7 },
    ]);
    async function* rows() {
      for (const [id, name] of names('many', 12_500).entries()) {
        if (id % 5000 === 0) await new Promise((resolve) => setImmediate(resolve));
        yield { name, value: id };
      }
    }
    const progress: Imported[] = [];
    const onProgress = (found: Imported): void => void progress.push(found);
    const all = { read: 12_500, set: 12_499, unchanged: 1, kept: 0 };
    // a counter that never was is 0
    await counters.incr('many:0', -5);
    expect(await counters.importTotals(rows(), { onProgress })).toEqual(all);
    expect(progress).toHaveLength(13);
    expect(progress[0]).toEqual({ read: 1000, set: 999, unchanged: 1, kept: 0 });
    expect(progress.at(-1)).toEqual(all);
    expect([await row('many:1'), await row('many:12499')]).toEqual([1n, 12_499n]);
    const sum = await counters.sum({ prefix: 'many:' });
    expect(sum).toBe((12_499 * 12_500) / 2);
  });

  test('the same entries again change nothing, so it goes on where it broke off', async () => {
    const { app, counters, events } = started();
    const changes: CounterEventMap['changed'][0][] = [];
    const note = (change: CounterEventMap['changed'][0]): void => void changes.push(change);
    events.on('changed', note);
    onTestFinished(() => void events.off('changed', note));
    const entries = names('again', 3000).map((name) => ({ name, value: 2n ** 60n }));
    const broken = new Error('the connection was lost');
    function* breaking() {
      yield* entries.slice(0, 2500);
      throw broken;
    }
    await expect(counters.importTotals(breaking())).rejects.toBe(broken);
    const note2 = { by: 'ann', reason: 'from the column' };
    const second = await counters.importTotals(entries, note2);
    expect(second).toEqual({ read: 3000, set: 1000, unchanged: 2000, kept: 0 });
    expect(changes).toHaveLength(3000);
    expect(changes.find(({ name }) => name === 'again:2999')).toEqual({
      ...{ name: 'again:2999', operation: 'import', before: 0n, after: 2n ** 60n },
      ...note2,
    });
    const store = app.get<CounterStore>(COUNTER_STORE);
    const apply = vi.spyOn(store, 'apply');
    onTestFinished(() => apply.mockRestore());
    const third = await counters.importTotals(entries);
    expect(third).toEqual({ read: 3000, set: 0, unchanged: 3000, kept: 0 });
    expect(apply).not.toHaveBeenCalled();
  });

  test('leaves alone what is counted already, where it is told so', async () => {
    const { counters } = started();
    await counters.incrMany([
      { name: 'keep:1', delta: 3 },
      { name: 'keep:2', delta: 9 },
    ]);
    const entries = names('keep', 4).map((name) => ({ name, value: 9 }));
    // a later one comes upon the earlier one
    entries.push({ name: 'keep:0', value: 10 });
    const found = await counters.importTotals(entries, { existing: 'keep' });
    expect(found).toEqual({ read: 5, set: 2, unchanged: 1, kept: 2 });
    expect(await counters.getCounts(names('keep', 4))).toEqual([9, 3, 9, 9]);
    await counters.importTotals(entries);
    expect(await counters.getCounts(names('keep', 4))).toEqual([10, 9, 9, 9]);
  });

  test('a wrong entry is named by its place, what is before it is set, and nothing behind it is read', async () => {
    const { counters } = started();
    let read = 0;
    let closed = false;
    function* entries() {
      try {
        for (;;) {
          const value = read === 1500 ? 0.5 : 7;
          yield { name: `wrong:${read++}`, value };
        }
      } finally {
        closed = true;
      }
    }
    const refused = counters.importTotals(entries());
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toThrow('entries[1500]: value must be a safe integer, not 0.5');
    expect([read, closed]).toEqual([1501, true]);
    const totals = await counters.getCounts(names('wrong', 1501));
    expect(totals.filter((total) => total === 7)).toHaveLength(1500);
  });

  test.each<[unknown, object, RegExp]>([
    ['views', {}, /entries must be an iterable or an async iterable, not "views"/],
    [[{ name: '' }], {}, /entries\[0\]: .*must not be empty/],
    [[{ name: 'a', total: 1 }], {}, /entries\[0\]: importTotals\(\) has no option "total"/],
    [[], { existing: 'skip' }, /existing must be 'set' or 'keep', not "skip"/],
    [[], { onProgress: 1 }, /onProgress must be a function, not 1/],
    [[], { by: '' }, /by must be/],
    [[], { dryRun: true }, /has no option "dryRun"/],
  ])('refuses %j with %j in words', async (entries, options, words) => {
    await expect(started().counters.importTotals(entries as [], options)).rejects.toThrow(words);
  });

  test('what onProgress throws ends it', async () => {
    const { counters } = started();
    const entries = names('stopped', 2500).map((name) => ({ name, value: 1 }));
    const stop = new Error('enough');
    const onProgress = (): Promise<void> => Promise.reject(stop);
    await expect(counters.importTotals(entries, { onProgress })).rejects.toBe(stop);
    expect(await counters.getCounts(['stopped:999', 'stopped:1000'])).toEqual([1, 0]);
  });
});
