import { describe, expect, test } from 'vitest';
import { INT64_MAX } from '../../support/int64.js';
import { batch, counters, type StoreSubject, values } from '../counter-store.conformance.js';
import { hour, month } from '../store-buckets.js';

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

    test('are taken with delicate names', async () => {
      const store = open();
      const names = ["O'Brien", '"quoted"', 'a,b', '{x}', '\\', 'NULL', '日本', '%'];
      const entries = Object.fromEntries(names.map((name) => [hour(name), 2]));
      await store.apply(0, batch(1, entries));
      expect((await store.read(Object.keys(entries), [])).values).toEqual(values(entries));
    });
  });
}
