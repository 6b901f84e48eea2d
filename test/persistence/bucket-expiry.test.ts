import { describe, expect, test } from 'vitest';
import { bucketName, bucketSuffix, type CountWindow } from '../../lib/words/bucket-name.js';
import { Calendar } from '../../lib/windows/calendar.js';
import { OwnSpans } from '../../lib/windows/own-spans.js';
import { CounterBucket, CounterEvents } from '../../lib/index.js';
import { BucketExpiry } from '../../lib/persisting/bucket-expiry.js';
import { batch, stores } from './databases.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FOREVER = { minute: 0, hour: 0, day: 0, week: 0, month: 0 };

/** What is left of windows of a zone that counted something, when they expire at a time. */
async function left(
  timeZone: string,
  window: CountWindow,
  { kept, from, now }: { kept: number; from: string; now: string },
): Promise<string[]> {
  const { stores: made, dataSource } = await stores(1);
  const [store] = made;
  if (store === undefined) throw new Error('no store');
  const calendar = new Calendar(timeZone);
  const spans = [...calendar.spans(window, Date.parse(from), Date.parse(now) + 1)];
  const names = spans.map(({ start }) => bucketName('calls', bucketSuffix({ window, start })));
  await store.apply(0, batch(1, Object.fromEntries(names.map((name) => [name, 1]))));
  const retention = { ...FOREVER, [window]: kept };
  const expiry = new BucketExpiry(store, new CounterEvents(), calendar, retention);
  const expired = await expiry.expire(Date.parse(now));
  const rows = await dataSource.manager.find(CounterBucket, { order: { startsAt: 'ASC' } });
  expect(rows.length + expired).toBe(spans.length);
  return rows.map(({ startsAt }) => startsAt.toISOString().slice(0, 16));
}

test('a process that is spared removes nothing', async () => {
  const { stores: made } = await stores(1);
  const [store] = made;
  if (store === undefined) throw new Error('no store');
  let steps = 0;
  const counted = Object.assign(Object.create(store) as typeof store, {
    expire: () => {
      steps++;
      return Promise.resolve(0);
    },
  });
  const retention = { ...FOREVER, hour: DAY };
  let spared = true;
  const calendar = new Calendar('UTC');
  const expiry = new BucketExpiry(counted, new CounterEvents(), calendar, retention, () => spared);
  await expiry.expireIfAllowed();
  expect(steps).toBe(0);
  spared = false;
  await expiry.expireIfAllowed();
  expect(steps).toBe(1);
});

describe('buckets expire', () => {
  test('when their window ended long enough ago: a running month is kept', async () => {
    const kept = 7 * DAY;
    const from = '2025-12-15T00:00:00Z';
    expect(await left('UTC', 'month', { kept, from, now: '2026-02-27T12:00:00Z' })).toEqual([
      '2026-02-01T00:00',
    ]);
    expect(await left('UTC', 'month', { kept, from, now: '2026-02-07T23:59:59Z' })).toEqual([
      '2026-01-01T00:00',
      '2026-02-01T00:00',
    ]);
  });

  test('by the end that a window has in its zone', async () => {
    // October has an hour more in Berlin, and ends an hour before that of UTC
    const october = { kept: 2 * HOUR, from: '2025-10-10T00:00:00Z' };
    const at = (now: string) => left('Europe/Berlin', 'month', { ...october, now });
    expect(await at('2025-11-01T00:59:59Z')).toHaveLength(2);
    expect(await at('2025-11-01T01:00:00Z')).toHaveLength(1);
  });

  test('not within a day that begins twice', async () => {
    const azores = { kept: HOUR, from: '2025-10-25T12:00:00Z', now: '2025-10-27T01:30:00Z' };
    // midnight came at 00:00Z and 01:00Z, and the day ended at 01:00Z
    expect(await left('Atlantic/Azores', 'day', azores)).toEqual([
      '2025-10-26T00:00',
      '2025-10-27T01:00',
    ]);
  });
});

test('windows with a time zone of their own expire some days after the others, and none before it has ended', async () => {
  const { stores: made, dataSource } = await stores(1);
  const [store] = made;
  if (store === undefined) throw new Error('no store');
  const windows = ['Pacific/Kiritimati', 'America/Havana', 'Etc/GMT+12'].flatMap((zone) =>
    (['day', 'week', 'month'] as const).flatMap((kind) =>
      [1, 3, 31].map((anchor) => ({ zone, own: new OwnSpans(kind, new Calendar(zone), anchor) })),
    ),
  );
  const now = Date.parse('2026-02-03T03:00:00Z');
  const from = now - 100 * DAY;
  const rows = windows.flatMap(({ zone, own }) =>
    [...own.spans(from, now)].map(({ start, end }) => {
      const { suffix } = own.bucketAt(start);
      return { name: bucketName(zone, suffix), end };
    }),
  );
  const deltas = Object.fromEntries(rows.map(({ name }) => [name, 1]));
  await store.apply(0, batch(1, deltas));
  const kept = 2 * DAY;
  const retention = { ...FOREVER, day: kept, week: kept, month: kept };
  const expiry = new BucketExpiry(store, new CounterEvents(), new Calendar('UTC'), retention);
  const expired = await expiry.expire(now);
  const left = await store.read(Object.keys(deltas), []);
  const ended = rows.filter(({ name }) => !left.values.has(name)).map(({ end }) => end);
  const kepts = rows.filter(({ name }) => left.values.has(name)).map(({ end }) => end);
  expect(expired).toBeGreaterThan(20);
  expect(Math.max(...ended)).toBeLessThanOrEqual(now - kept);
  expect(Math.min(...kepts)).toBeGreaterThan(now - kept - 6 * DAY);
  expect(await dataSource.manager.count(CounterBucket)).toBe(Object.keys(deltas).length - expired);
});
