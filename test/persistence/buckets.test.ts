import { describe, expect, test } from 'vitest';
import { type Bucket, bucketName, bucketSuffix } from '../../lib/words/bucket-name.js';
import { CounterBucket } from '../../lib/index.js';
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
