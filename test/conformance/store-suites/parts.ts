import { describe, expect, test } from 'vitest';
import type { CounterStore, PartsQuery } from '../../../lib/database/counter-store.js';
import { batch, type StoreSubject } from '../counter-store.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { HOUR, hour, month, START } from '../store-buckets.js';

const ALL = { prefix: '', limit: 100, partitions: [0] } as const;
const ofHours = (first: number, last = first) => ({
  windows: { window: 'hour', first: START + first * HOUR, last: START + last * HOUR } as const,
});
const found = async (store: CounterStore, query: Partial<PartsQuery> = {}) =>
  Object.fromEntries(
    (await store.parts({ ...ALL, ...query })).rows.map(({ name, value }) => [name, BigInt(value)]),
  );

export function readingParts({ open }: StoreSubject): void {
  describe('parts()', () => {
    test('are totals, or what was counted in windows together, beyond 64 bits too', async () => {
      const store = open();
      const deltas = {
        ...{ a: 1, b: 2, [hour('a')]: 3, [hour('a', 1)]: 40, [hour('a', 3)]: 500, [month('a')]: 7 },
        ...{ [hour('b', 1)]: -4, [hour('big')]: 2n ** 63n - 1n, [hour('big', 1)]: 2n ** 63n - 1n },
      };
      await store.apply(
        0,
        batch(1, { ...deltas, [hour('low')]: -(2n ** 63n), [hour('low', 2)]: -1 }),
      );
      expect(await found(store)).toEqual({ a: 1n, b: 2n });
      expect(await found(store, ofHours(0))).toEqual({
        ...{ a: 3n, big: 2n ** 63n - 1n, low: -(2n ** 63n) },
      });
      expect(await found(store, ofHours(0, 2))).toEqual({
        ...{ a: 43n, b: -4n, big: 2n ** 64n - 2n, low: -(2n ** 63n) - 1n },
      });
      expect(await found(open(), ofHours(0, 2))).toEqual({});
    });

    test('come in pages, in the order of their bytes', async () => {
      const store = open();
      const names = ['a', 'b', 'é', '\uff01', '😀'];
      const deltas = names.flatMap((name, id) => [
        ...([
          [name, id + 1],
          [hour(name), id + 1],
          [hour(name, 1), 1],
        ] as const),
      ]);
      await store.apply(0, batch(1, Object.fromEntries([...deltas].reverse())));
      for (const windows of [{}, ofHours(0), ofHours(0, 1)]) {
        const seen: string[] = [];
        for (let after: string | undefined; ; after = seen.at(-1)) {
          const { rows } = await store.parts({ ...ALL, ...windows, after, limit: 2 });
          seen.push(...rows.map(({ name }) => name));
          if (rows.length < 2) break;
        }
        expect(seen).toEqual(names);
      }
    });

    test('are those with a prefix, and with pieces in their order, byte for byte', async () => {
      const store = open();
      const [first, last] = ['x{a,b}', ',50%25 _!*?[]\\E'];
      const one = `${first}1${last}`;
      const names = [one, ...['', 'a,b', '2%'].map((value) => `${first}${value}${last}`)];
      const others = [`${one}x`, `x${one}`, one.toLowerCase(), `${first}1,50%25`];
      const hours = [...names, ...others].map((name): [string, number] => [hour(name), 1]);
      await store.apply(0, batch(1, Object.fromEntries(hours)));
      const pieces = [first, last];
      const asked = { prefix: first, pieces, ...ofHours(0) };
      expect(Object.keys(await found(store, asked)).sort()).toEqual([...names].sort());
      const lastFirst = {
        prefix: first,
        pieces: [one, ''],
        ...ofHours(0),
      };
      expect(Object.keys(await found(store, lastFirst))).toEqual([one, `${one}x`]);
    });

    test('have names of every kind', async () => {
      const store = open();
      const deltas = DELICATE_NAMES.flatMap((name) => [
        [name, 1] as const,
        [hour(name), 2] as const,
      ]);
      await store.apply(0, batch(1, Object.fromEntries(deltas)));
      for (const prefix of ['', ...DELICATE_NAMES]) {
        const names = DELICATE_NAMES.filter((name) => name.startsWith(prefix)).sort();
        expect(Object.keys(await found(store, { prefix })).sort()).toEqual(names);
        const pieces = [prefix, ''];
        const ofHour = await found(store, { prefix, pieces, ...ofHours(0) });
        expect(Object.keys(ofHour).sort()).toEqual(names);
      }
    });

    test('come with the ledgers that are asked for', async () => {
      const store = open();
      await store.apply(0, batch(3, { a: 1 }));
      await store.apply(2, batch(5, { b: 1 }));
      const { ledgers } = await store.parts({ ...ALL, partitions: [0, 1, 2] });
      expect(ledgers).toEqual(
        new Map([
          [0, 3],
          [1, 0],
          [2, 5],
        ]),
      );
      expect(await store.parts({ ...ALL, prefix: 'none' })).toEqual({
        rows: [],
        ledgers: new Map([[0, 3]]),
      });
    });
  });
}
