import { describe, expect, test } from 'vitest';
import { type Bucket, bucketName, bucketSuffix } from '../../lib/words/bucket-name.js';
import { CounterBucket } from '../../lib/index.js';
import { INT64_MAX } from '../support/int64.js';
import { batch, stores } from './databases.js';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 22, 17);
const named = (counter: string, bucket: Bucket): string =>
  bucketName(counter, bucketSuffix(bucket));
const hour = (counter: string, after = 0): string =>
  named(counter, { window: 'hour', start: START + after * HOUR });
const month = (counter: string): string =>
  named(counter, { window: 'month', start: Date.UTC(2026, 10, 1) });

const now = (): Date => new Date();

async function single() {
  const { stores: made, dataSource } = await stores(1);
  const [store] = made;
  if (store === undefined) throw new Error('no store');
  return { store, dataSource };
}

describe('buckets in the database', () => {
  test('are rows of their own, with window and start', async () => {
    const { store, dataSource } = await single();
    const applied = await store.apply(0, batch(1, { a: 5, [hour('a')]: 3, [month('a')]: 5 }));
    expect(applied).toMatchObject({
      status: 'applied',
      values: new Map([
        ['a', '5'],
        [hour('a'), '3'],
        [month('a'), '5'],
      ]),
    });
    await store.apply(0, batch(2, { [hour('a')]: -4, [hour('a', 1)]: 2 }));
    const rows = await dataSource.manager.find(CounterBucket, {
      order: { window: 'ASC', startsAt: 'ASC' },
    });
    expect(
      rows.map(({ name, window, startsAt, value }) => [name, window, startsAt, value]),
    ).toEqual([
      ['a', 'hour', new Date(START), -1n],
      ['a', 'hour', new Date(START + HOUR), 2n],
      ['a', 'month', new Date(Date.UTC(2026, 10, 1)), 5n],
    ]);
  });

  test('are read with counters and ledgers', async () => {
    const { store } = await single();
    await store.apply(0, batch(1, { a: 5, [hour('a')]: 3 }));
    const asked = ['a', 'b', hour('a'), hour('a', 1), month('a')];
    expect(await store.read(asked, [0, 1])).toEqual({
      values: new Map([
        ['a', '5'],
        [hour('a'), '3'],
      ]),
      ledgers: new Map([
        [0, 1],
        [1, 0],
      ]),
    });
  });

  test('are added once, and left out when they would leave the range', async () => {
    const { store } = await single();
    await store.apply(0, batch(1, { [hour('a')]: INT64_MAX }));
    const second = batch(2, { a: 1, [hour('a')]: 1, [hour('b')]: 1 });
    for (const status of ['applied', 'repeated', 'repeated']) {
      expect(await store.apply(0, second)).toMatchObject({ status, leftOut: [hour('a')] });
    }
    const { values } = await store.read(['a', hour('a'), hour('b')], []);
    expect([...values.values()]).toEqual(['1', String(INT64_MAX), '1']);
  });

  test('are taken with delicate names', async () => {
    const { store } = await single();
    const names = ["O'Brien", '"quoted"', 'a,b', '{x}', '\\', 'NULL', '日本', '%'];
    const entries = Object.fromEntries(names.map((name) => [hour(name), 2]));
    await store.apply(0, batch(1, entries));
    const { values } = await store.read(Object.keys(entries), []);
    expect(values).toEqual(new Map(Object.keys(entries).map((name) => [name, '2'])));
  });

  test('expire by window and age, in steps', async () => {
    const { store, dataSource } = await single();
    const hours = Array.from({ length: 10 }, (_, after): [string, number] => [hour('a', after), 1]);
    await store.apply(0, batch(1, Object.fromEntries([...hours, [month('a'), 10]])));
    const before = new Date(START + 7 * HOUR);
    expect(await store.expire('hour', before, 5, now())).toBe(5);
    expect(await store.expire('hour', before, 5, now())).toBe(2);
    expect(await store.expire('hour', before, 5, now())).toBe(0);
    expect(await dataSource.manager.countBy(CounterBucket, { window: 'hour' })).toBe(3);
    expect(await dataSource.manager.countBy(CounterBucket, { window: 'month' })).toBe(1);
  });

  test('do not expire by a clock that is far ahead of the database', async () => {
    const { store } = await single();
    await store.apply(0, batch(1, { [hour('a')]: 1 }));
    const before = new Date(START + HOUR);
    const ahead = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
    expect(await store.expire('hour', before, 5, ahead(24 * 60))).toBe(0);
    expect(await store.expire('hour', before, 5, ahead(62))).toBe(0);
    expect(await store.expire('hour', before, 5, ahead(30))).toBe(1);
  });

  test('expire by one process at a time', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { [hour('a')]: 1 }));
    await dataSource.transaction(async (manager) => {
      const [{ namespace } = { namespace: '' }] = await manager.query<{ namespace: string }[]>(
        'SELECT namespace FROM fast_counter_bucket',
      );
      const lock = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))';
      await manager.query(lock, [`fastcounter:expire:${namespace}`]);
      expect(await store.expire('hour', now(), 5, now())).toBeUndefined();
    });
    expect(await store.expire('hour', new Date(Date.now() + HOUR * 1e6), 5, now())).toBe(1);
  });
});
