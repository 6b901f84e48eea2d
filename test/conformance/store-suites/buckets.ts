import { describe, expect, test } from 'vitest';
import { INT64_MAX } from '../../support/int64.js';
import { batch, counters, type StoreSubject, values } from '../counter-store.conformance.js';
import { bucketOf, hour, month } from '../store-buckets.js';

export function buckets({ open }: StoreSubject): void {
  describe('buckets', () => {
    test('are rows of their own, which no list of counters shows', async () => {
      const store = open();
      const deltas = { a: 5, [hour('a')]: 3, [month('a')]: 5 };
      expect(await store.apply(0, batch(1, deltas))).toMatchObject({
        status: 'applied',
        values: values(deltas),
      });
      await store.apply(0, batch(2, { [hour('a')]: -4, [hour('a', 1)]: 2 }));
      const names = [hour('a'), hour('a', 1), month('a')];
      expect((await store.read(names, [])).values).toEqual(
        values({ [hour('a')]: -1, [hour('a', 1)]: 2, [month('a')]: 5 }),
      );
      expect(await counters(store)).toEqual({ a: 5n });
    });

    test('are read with counters and ledgers', async () => {
      const store = open();
      await store.apply(0, batch(1, { a: 5, [hour('a')]: 3 }));
      const asked = ['a', 'b', hour('a'), hour('a', 1), month('a')];
      expect(await store.read(asked, [0, 1])).toEqual({
        values: values({ a: 5, [hour('a')]: 3 }),
        ledgers: new Map([
          [0, 1],
          [1, 0],
        ]),
      });
    });

    test('are added once, and left out when they would leave the range', async () => {
      const store = open();
      await store.apply(0, batch(1, { [hour('a')]: INT64_MAX }));
      const second = batch(2, { a: 1, [hour('a')]: 1, [hour('b')]: 1 });
      for (const status of ['applied', 'repeated', 'repeated']) {
        expect(await store.apply(0, second)).toMatchObject({ status, leftOut: [hour('a')] });
      }
      const { values: found } = await store.read(['a', hour('a'), hour('b')], []);
      expect(found).toEqual(values({ a: 1, [hour('a')]: INT64_MAX, [hour('b')]: 1 }));
    });

    test('stay when they come to zero', async () => {
      const store = open();
      await store.apply(0, batch(1, { a: 1, [hour('a')]: 1 }));
      await store.apply(0, batch(2, { a: -1, [hour('a')]: -1 }, ['a']));
      expect((await store.read(['a', hour('a')], [])).values).toEqual(values({ [hour('a')]: 0 }));
    });

    test('of windows of their own are apart from those of the same start', async () => {
      const store = open();
      const start = Date.UTC(2026, 10, 1);
      const kinds = ['day', 'day*', 'week*', 'month', 'month*'] as const;
      const names = kinds.map((window) => bucketOf('a', { window, start }));
      await store.apply(0, batch(1, Object.fromEntries(names.map((name, by) => [name, by + 1]))));
      const { values: found } = await store.read(names, []);
      expect([...found.values()].sort()).toEqual(['1', '2', '3', '4', '5']);
      expect((await store.buckets({ of: ['a'], limit: 9 })).toSorted()).toEqual(names.toSorted());
      const windows = { window: 'month*', first: start, last: start } as const;
      const asked = { prefix: 'a', windows, limit: 9, partitions: [0] };
      const { rows } = await store.parts(asked);
      expect(rows.map(({ name, value }) => [name, BigInt(value)])).toEqual([['a', 5n]]);
      expect(await store.expire('month*', new Date(start + 1), 9, new Date())).toBe(1);
      const left = await store.read(names, []);
      expect([...left.values.keys()].toSorted()).toEqual(names.slice(0, 4).toSorted());
    });

    test('are taken with delicate names', async () => {
      const store = open();
      const names = ["O'Brien", '"quoted"', 'a,b', '{x}', '\\', 'NULL', '日本', '%'];
      const entries = Object.fromEntries(names.map((name) => [hour(name), 2]));
      await store.apply(0, batch(1, entries));
      expect((await store.read(Object.keys(entries), [])).values).toEqual(values(entries));
    });
  });
}
