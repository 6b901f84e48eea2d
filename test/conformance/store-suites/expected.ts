import { describe, expect, test } from 'vitest';
import type { Batch } from '../../../lib/cache/counter-cache.js';
import { INT64_MAX, INT64_MIN } from '../../support/int64.js';
import {
  batch,
  counters,
  newNamespace,
  type StoreSubject,
  values,
} from '../counter-store.conformance.js';

/** A batch of a counter that is set: its row is expected to hold a value. */
const setting = (seq: number, expected: bigint, delta: bigint, remove = false): Batch => {
  const made = batch(seq, { a: delta }, remove ? ['a'] : []);
  const entries = made.entries.map((entry) => ({ ...entry, expected: String(expected) }));
  return { ...made, entries };
};

export function expected({ open, put }: StoreSubject): void {
  describe('a row that is to come to a value', () => {
    test('does so where it holds what was expected, and nothing is said', async () => {
      const store = open();
      await store.apply(0, batch(1, { a: 5 }));
      const result = await store.apply(0, setting(2, 5n, 3n));
      expect(result).toMatchObject({ status: 'applied', values: values({ a: 8 }) });
      expect(result).not.toHaveProperty('changed');
    });

    test.each([
      ['another value', 7n],
      ['the value that it is to come to', 13n],
    ])('does so where it holds %s, and the answer says so', async (_, held) => {
      const namespace = newNamespace();
      const store = open(namespace);
      await put(namespace, 'a', held);
      const set = setting(1, 10n, 3n);
      expect(await store.apply(0, set)).toMatchObject({
        status: 'applied',
        values: values({ a: 13 }),
        changed: ['a'],
      });
      expect(await store.apply(0, set)).toMatchObject({
        status: 'repeated',
        values: values({ a: 13 }),
      });
      expect(await counters(store)).toEqual({ a: 13n });
    });

    test('does so where there is no row: it counts as 0', async () => {
      const store = open();
      expect(await store.apply(0, setting(1, 0n, 4n))).not.toHaveProperty('changed');
      expect(await open().apply(0, setting(1, 10n, 3n))).toMatchObject({
        values: values({ a: 13 }),
        changed: ['a'],
      });
    });

    test('is removed where it is deleted, whatever it holds', async () => {
      const namespace = newNamespace();
      const store = open(namespace);
      await put(namespace, 'a', 7n);
      expect(await store.apply(0, setting(1, 10n, -10n, true))).toMatchObject({
        values: values({ a: 0 }),
        changed: ['a'],
      });
      expect(await counters(store)).toEqual({});
    });

    test('is added to as it is where no delta reaches the value', async () => {
      const namespace = newNamespace();
      const store = open(namespace);
      await put(namespace, 'a', INT64_MIN);
      expect(await store.apply(0, setting(1, INT64_MAX - 1n, 1n))).toMatchObject({
        values: values({ a: INT64_MIN + 1n }),
        changed: ['a'],
      });
    });
  });
}
