import { describe, expect, test } from 'vitest';
import { batch, type StoreSubject } from '../counter-store.conformance.js';
import { HOUR, hour, START } from '../store-buckets.js';

const WHOLE = { window: 'hour', prefix: '', limit: 10 } as const;
const ONE = { ...WHOLE, first: START, last: START } as const;

export function topping({ open }: StoreSubject): void {
  describe('top()', () => {
    test('lists the counters of one window, the highest first, and names in falling order', async () => {
      const store = open();
      const deltas = { [hour('a')]: 5, [hour('b')]: 7, [hour('é')]: 5, [hour('b', 1)]: 100, c: 9 };
      await store.apply(0, batch(1, { ...deltas, [hour('😀')]: 5, [hour('low')]: -1 }));
      const found = await store.top(ONE);
      expect(found).toEqual([
        { name: 'b', value: 7n },
        ...['😀', 'é', 'a'].map((name) => ({ name, value: 5n })),
        { name: 'low', value: -1n },
      ]);
      expect(await store.top({ ...ONE, limit: 2 })).toEqual(found.slice(0, 2));
      expect(await store.top({ ...ONE, atMost: 5n })).toEqual(found.slice(1));
      expect(await open().top(ONE)).toEqual([]);
    });

    test('adds up windows that follow one another', async () => {
      const store = open();
      const deltas = { [hour('a')]: 2, [hour('a', 2)]: 4, [hour('b', 1)]: 5, [hour('b', 3)]: 50 };
      await store.apply(
        0,
        batch(1, { ...deltas, [hour('big', 1)]: 2n ** 61n, [hour('big', 2)]: 2n ** 61n }),
      );
      const range = { ...WHOLE, first: START, last: START + 2 * HOUR };
      const found = await store.top(range);
      expect(found).toEqual([
        { name: 'big', value: 2n ** 62n },
        { name: 'a', value: 6n },
        { name: 'b', value: 5n },
      ]);
      expect(await store.top({ ...range, atMost: 5n })).toEqual(found.slice(2));
    });

    test('takes a prefix as it is, byte for byte', async () => {
      const store = open();
      const names = ['a%', 'a%b', 'ab', 'A%', 'a'];
      await store.apply(0, batch(1, Object.fromEntries(names.map((name) => [hour(name), 1]))));
      const found = await store.top({ ...ONE, prefix: 'a%' });
      expect(found.map(({ name }) => name)).toEqual(['a%b', 'a%']);
    });
  });
}
