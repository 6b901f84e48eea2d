import { describe, expect, test } from 'vitest';
import type { CounterStore } from '../../../lib/database/counter-store.js';
import { batch, newNamespace, type StoreSubject } from '../counter-store.conformance.js';
import { HOUR, hour, month, START } from '../store-buckets.js';

const HOURS = Array.from({ length: 10 }, (_, after) => hour('a', after));
const now = (): Date => new Date();

async function left(store: CounterStore): Promise<string[]> {
  const { values } = await store.read([...HOURS, month('a'), 'a'], []);
  return [...HOURS, month('a'), 'a'].filter((name) => values.has(name));
}

export function expiring({ open }: StoreSubject): void {
  const kept = async (namespace?: string): Promise<CounterStore> => {
    const store = open(namespace);
    const names = [...HOURS, month('a'), 'a'].toReversed();
    await store.apply(0, batch(1, Object.fromEntries(names.map((name) => [name, 1]))));
    return store;
  };

  describe('expire()', () => {
    test('removes buckets of a window by age, in steps, the oldest first', async () => {
      const store = await kept();
      const before = new Date(START + 7 * HOUR);
      expect(await store.expire('hour', before, 5, now())).toBe(5);
      expect(await left(store)).toEqual([...HOURS.slice(5), month('a'), 'a']);
      expect(await store.expire('hour', before, 5, now())).toBe(2);
      expect(await store.expire('hour', before, 5, now())).toBe(0);
      expect(await left(store)).toEqual([...HOURS.slice(7), month('a'), 'a']);
    });

    test('leaves those of other namespaces', async () => {
      const [store, other] = [await kept(), await kept(newNamespace())];
      expect(await store.expire('month', now(), 5, now())).toBe(1);
      expect(await left(other)).toHaveLength(12);
    });

    test('removes nothing by a clock that is far ahead of the database', async () => {
      const store = await kept();
      const before = new Date(START + HOUR);
      const ahead = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
      expect(await store.expire('hour', before, 5, ahead(24 * 60))).toBe(0);
      expect(await store.expire('hour', before, 5, ahead(62))).toBe(0);
      expect(await store.expire('hour', before, 5, ahead(30))).toBe(1);
    });
  });
}
