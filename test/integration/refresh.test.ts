import { describe, expect, test, vi } from 'vitest';
import {
  COUNTER_STORE,
  CounterOverflowError,
  type CounterStore,
  InvalidArgumentError,
  MeteringService,
} from '../../lib/index.js';
import { INT64_MAX } from '../../lib/words/int64.js';
import { MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;

describe.each(MODES)('refresh(), %s', (mode) => {
  const windows = { counters: [{ prefix: 'windowed:', windows: ['day'] as const }] };
  const started = useApplication({ mode, updateInterval: HOUR, windows });

  /** Counters with rows and cached values. */
  async function cached(...names: string[]) {
    const { counters } = started();
    await counters.incrMany(names.map((name) => ({ name, delta: 50 })));
    await counters.flush();
    await counters.getCounts(names);
    await counters.getCounts(names);
  }

  test('has the next read ask the database for what somebody changed there', async () => {
    const { counters, asOwner } = started();
    await cached('edited', 'untouched');
    await counters.incr('edited', 2);
    await asOwner(`UPDATE fast_counter SET value = 15 WHERE name IN ('edited', 'untouched')`);
    expect(await counters.getCount('edited')).toBe(52);
    await counters.refresh(['edited']);
    expect(await counters.getCounts(['edited', 'untouched'])).toEqual([17, 50]);
    await asOwner(`DELETE FROM fast_counter WHERE name = 'edited'`);
    await counters.refresh(['edited']);
    expect(await counters.incrAndGet('edited')).toBe(3);
    await counters.flush();
    expect(await started().row('edited')).toBe(3n);
  });

  test('so it is of windows', async () => {
    const { app, counters, asOwner } = started();
    const metering = app.get(MeteringService);
    const today = async (): Promise<number> => {
      const from = new Date();
      const [day] = await metering.series('windowed:1', { window: 'day', from });
      return day?.value ?? 0;
    };
    await cached('windowed:1');
    expect([await today(), await today()]).toEqual([50, 50]);
    await asOwner(`UPDATE fast_counter_bucket SET value = 7 WHERE name = 'windowed:1'`);
    expect(await today()).toBe(50);
    await counters.refresh(['windowed:1']);
    expect(await today()).toBe(7);
  });

  test('a value that was read before the change is not cached behind it', async () => {
    const { app, counters, asOwner } = started();
    const store = app.get<CounterStore>(COUNTER_STORE);
    await counters.incr('overtaken', 50);
    await counters.flush();
    const read = store.read.bind(store);
    const spy = vi.spyOn(store, 'read').mockImplementationOnce(async (...asked) => {
      const found = await read(...asked);
      await asOwner(`UPDATE fast_counter SET value = 15 WHERE name = 'overtaken'`);
      await counters.refresh(['overtaken']);
      return found;
    });
    // it began before
    expect(await counters.getCount('overtaken')).toBe(50);
    spy.mockRestore();
    expect(await counters.getCount('overtaken')).toBe(15);
  });

  test('increments are judged by the changed row at once, also near the end of the range', async () => {
    const { counters, asOwner } = started();
    const max = INT64_MAX;
    await counters.set('near', max);
    await counters.flush();
    await expect(counters.incr('near')).rejects.toThrow(CounterOverflowError);
    await asOwner(`UPDATE fast_counter SET value = 15 WHERE name = 'near'`);
    await counters.refresh(['near']);
    await counters.incr('near', 2);
    expect(await counters.getCount('near')).toBe(17);
    await counters.flush(['near']);
    await asOwner(`UPDATE fast_counter SET value = ${max} WHERE name = 'near'`);
    await counters.refresh(['near']);
    await counters.getCount('near', { bigint: true });
    await expect(counters.incr('near')).rejects.toThrow(CounterOverflowError);
  });

  test('many counters of a partition are dropped together', async () => {
    const { counters, asOwner } = started();
    const names = Array.from({ length: 6000 }, (_, id) => `many:${id}`);
    await cached(...names);
    await asOwner(`UPDATE fast_counter SET value = 3 WHERE name LIKE 'many:%'`);
    await counters.refresh(names);
    expect(new Set(await counters.getCounts(names))).toEqual(new Set([3]));
  });

  test('refuses what are no names', async () => {
    const refused = started().counters.refresh('views:42');
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toThrow(/names must be an array or another iterable/);
  });
});
