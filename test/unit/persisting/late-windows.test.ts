import { expect, test } from 'vitest';
import { MemoryCounterStore } from '../../../lib/database/memory/memory-counter-store.js';
import { MemoryTables } from '../../../lib/database/memory/memory-tables.js';
import { namespacesOf } from '../../../lib/database/namespaces.js';
import { CacheUnavailableError } from '../../../lib/errors.js';
import { CounterEvents } from '../../../lib/events.js';
import { LateWindows } from '../../../lib/persisting/late-windows.js';
import { Calendar } from '../../../lib/windows/calendar.js';
import { batch } from '../../conformance/counter-store.conformance.js';
import { bucketOf } from '../../conformance/store-buckets.js';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
const calendar = new Calendar('UTC');

test.each([
  ['hour', calendar.find('hour', Date.now() - WEEK).start],
  ['day*', Date.UTC(2026, 0, 5)],
] as const)('what comes late for a %s past its retention is left to it', async (window, start) => {
  const store = new MemoryCounterStore(new MemoryTables(), namespacesOf('test'));
  const retention = { minute: 0, hour: 2 * HOUR, day: 2 * HOUR, week: 0, month: 0 };
  const closed = { name: 'api', window, start };
  const bucket = bucketOf('api', closed);
  const options = { late: 'next', acceptPast: WEEK, retention } as const;
  const { closings } = store;
  const parts = { closings, calendar, events: new CounterEvents() };
  const late = new LateWindows(
    { ...parts, refresher: { refresh: () => Promise.resolve() } },
    options,
  );
  await store.apply(0, batch(1, { [bucket]: 5 }));
  await closings.close(closed, 'one', 'ann');
  expect(await store.expire(window, new Date(start + 1), 10, new Date())).toBe(1);
  // its row begins anew, at 0
  await store.apply(0, batch(2, { [bucket]: 2 }));
  await late.take(closed);
  const range = { window, first: start, last: start };
  expect(await closings.late('api', range, { limit: 10 })).toEqual([]);
  // where it is kept again, all that came since the row was removed is late
  const kept = new LateWindows(
    { ...parts, refresher: { refresh: () => Promise.resolve() } },
    { ...options, retention: { ...retention, hour: 0, day: 0 } },
  );
  await store.apply(0, batch(3, { [bucket]: 6 }));
  await kept.take(closed);
  expect(await closings.late('api', range, { limit: 10 })).toMatchObject([{ delta: '8' }]);
});

test('what comes late is not carried into the closed window itself by a clock that was put back', async () => {
  const store = new MemoryCounterStore(new MemoryTables(), namespacesOf('test'));
  const { start } = calendar.find('hour', Date.now());
  const closed = { name: 'api', window: 'hour', start } as const;
  const bucket = bucketOf('api', closed);
  const retention = { minute: 0, hour: 0, day: 0, week: 0, month: 0 };
  const { closings } = store;
  const late = new LateWindows(
    {
      ...{ closings, calendar, events: new CounterEvents() },
      refresher: { refresh: () => Promise.resolve() },
    },
    { late: 'next', acceptPast: WEEK, retention },
  );
  await closings.close(closed, 'one', 'ann');
  await store.apply(0, batch(1, { [bucket]: 5 }));
  await late.take(closed);
  expect(
    await closings.late('api', { window: 'hour', first: start, last: start }, { limit: 10 }),
  ).toEqual([]);
  expect((await store.read([bucket], [])).values.get(bucket)).toBe('5');
});

test('what the cache has of a row that was changed is dropped by each round until that succeeds', async () => {
  const store = new MemoryCounterStore(new MemoryTables(), namespacesOf('test'));
  const { start } = calendar.find('hour', Date.now() - WEEK);
  const closed = { name: 'api', window: 'hour', start } as const;
  const retention = { minute: 0, hour: 0, day: 0, week: 0, month: 0 };
  const events = new CounterEvents();
  const told: object[] = [];
  events.on('lateCounts', (event) => told.push(event));
  let isAway = true;
  const dropped: string[] = [];
  const refresh = (names: readonly string[]) => {
    if (isAway) return Promise.reject(new CacheUnavailableError('away'));
    dropped.push(...names);
    return Promise.resolve();
  };
  const late = new LateWindows(
    { closings: store.closings, calendar, events, refresher: { refresh } },
    { late: 'park', acceptPast: WEEK, retention },
  );
  await store.closings.close(closed, 'one', 'ann');
  await store.apply(0, batch(1, { [bucketOf('api{t}a', closed)]: 5 }));
  await late.take(closed);
  expect(told).toMatchObject([{ name: 'api', counters: 1 }]);
  await expect(late.look()).rejects.toThrow('away');
  isAway = false;
  // as long as the cache may have it
  await late.look(Date.now() + HOUR);
  expect(dropped).toEqual(['api{t}a']);
  await late.look(Date.now() + 2 * HOUR);
  expect(dropped).toEqual(['api{t}a']);
  expect(told).toHaveLength(1);
});
