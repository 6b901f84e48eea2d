import { describe, expect, test } from 'vitest';
import type { CounterStore, RowQuery } from '../../../lib/database/counter-store.js';
import { INT64_MAX, INT64_MIN } from '../../support/int64.js';
import { batch, type StoreSubject } from '../counter-store.conformance.js';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The names of all pages, one after the other. */
async function pages(store: CounterStore, query: Omit<RowQuery, 'after'>): Promise<string[]> {
  const names: string[] = [];
  for (let after: RowQuery['after']; ;) {
    const page = await store.list({ ...query, after });
    names.push(...page.map(({ name }) => name));
    after = page.at(-1);
    if (after === undefined) return names;
    expect(page.length).toBeLessThanOrEqual(query.limit);
  }
}

export function listing({ open }: StoreSubject): void {
  describe('list()', () => {
    test('goes through the names byte for byte, in both directions', async () => {
      const store = open();
      // the last two are in the other order in UTF-16
      const names = ['A', 'B', 'Z', 'a', 'b', 'ß', 'á', '0', '10', '2', '_', 'a b', 'a-b', 'ass'];
      names.push('aß', '😀', '\u{fb00}');
      await store.apply(0, batch(1, Object.fromEntries(names.map((name) => [name, 1]))));
      const ordered = names.toSorted(byBytes);
      for (const limit of [1, 5, 100]) {
        const query = { order: 'name', limit } as const;
        expect(await pages(store, { ...query, direction: 'asc' })).toEqual(ordered);
        expect(await pages(store, { ...query, direction: 'desc' })).toEqual(ordered.toReversed());
      }
    });

    test('goes through the values, and through equal ones by name', async () => {
      const store = open();
      const all = { b: 7, a: 7, c: 7, top: INT64_MAX, bottom: INT64_MIN, B: 7, zero: 1, minus: -3 };
      await store.apply(0, batch(1, all));
      await store.apply(0, batch(2, { zero: -1 }));
      const ordered = ['bottom', 'minus', 'zero', 'B', 'a', 'b', 'c', 'top'];
      for (const limit of [1, 3, 100]) {
        const query = { order: 'value', limit } as const;
        expect(await pages(store, { ...query, direction: 'asc' })).toEqual(ordered);
        expect(await pages(store, { ...query, direction: 'desc' })).toEqual(ordered.toReversed());
      }
    });

    test.each(['name', 'value'] as const)(
      'answers names that begin with a prefix, by %s',
      async (order) => {
        const store = open();
        const names = ['a', 'a:', 'a:1', 'a:é', 'a:\u{10ffff}', 'a;', 'A:1', 'b', 'a%', 'a_'];
        const deltas = names.map((name, index) => [name, index + 1] as const);
        await store.apply(0, batch(1, Object.fromEntries(deltas)));
        for (const direction of ['asc', 'desc'] as const) {
          for (const limit of [1, 100]) {
            const listed = await pages(store, { order, direction, limit, prefix: 'a:' });
            const wanted = ['a:', 'a:1', 'a:é', 'a:\u{10ffff}'];
            expect(listed).toEqual(direction === 'asc' ? wanted : wanted.toReversed());
          }
        }
        const query = { order, direction: 'asc', limit: 10 } as const;
        expect(await pages(store, { ...query, prefix: '%' })).toEqual([]);
        expect(await pages(store, { ...query, prefix: 'a_' })).toEqual(['a_']);
      },
    );

    test('goes on behind a row that is gone', async () => {
      const store = open();
      await store.apply(0, batch(1, { a: 1, b: 2, c: 3 }));
      await store.apply(0, batch(2, { b: -2 }, ['b']));
      for (const order of ['name', 'value'] as const) {
        const query = { order, direction: 'asc', limit: 10 } as const;
        const page = await store.list({ ...query, after: { name: 'b', value: 2n } });
        expect(page.map(({ name }) => name)).toEqual(['c']);
      }
    });

    test('answers values beyond 2^53 exactly, and times', async () => {
      const store = open();
      await store.apply(0, batch(1, { large: 2n ** 53n + 1n }));
      const [row] = await store.list({ order: 'name', direction: 'asc', limit: 10 });
      expect(row).toEqual({
        name: 'large',
        value: 2n ** 53n + 1n,
        createdAt: expect.any(Date) as Date,
        updatedAt: expect.any(Date) as Date,
      });
    });
  });
}
