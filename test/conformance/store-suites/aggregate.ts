import { describe, expect, test } from 'vitest';
import { bucketName, bucketSuffix } from '../../../lib/words/bucket-name.js';
import { INT64_MAX, INT64_MIN } from '../../support/int64.js';
import { batch, type StoreSubject } from '../counter-store.conformance.js';

export function aggregating({ open }: StoreSubject): void {
  describe('aggregate()', () => {
    test('sums and counts the counters with a prefix, and no others', async () => {
      const store = open();
      expect(await store.aggregate('sum', '')).toBe(0n);
      expect(await store.aggregate('count', 'a:')).toBe(0n);
      const names = ['a', 'a:', 'a:1', 'a:é', 'a:\u{10ffff}', 'a;', 'A:1', 'b', 'a%', 'a_'];
      const deltas = names.map((name, index) => [name, 10 ** index] as const);
      await store.apply(0, batch(1, Object.fromEntries(deltas)));
      await store.apply(1, batch(1, { 'a:other partition': -3 }));
      expect(await store.aggregate('sum', 'a:')).toBe(11_110n - 3n);
      expect(await store.aggregate('count', 'a:')).toBe(5n);
      expect(await store.aggregate('sum', '')).toBe(1_111_111_111n - 3n);
      expect(await store.aggregate('count', '')).toBe(11n);
      for (const prefix of ['%', 'a:_', 'B']) {
        expect(await store.aggregate('sum', prefix)).toBe(0n);
        expect(await store.aggregate('count', prefix)).toBe(0n);
      }
    });

    test('is exact beyond 64 bits, and below zero', async () => {
      const store = open();
      await store.apply(0, batch(1, { 'up:1': INT64_MAX, 'up:2': INT64_MAX, 'up:3': 1 }));
      await store.apply(0, batch(2, { 'down:1': INT64_MIN, 'down:2': INT64_MIN, 'down:3': -7 }));
      expect(await store.aggregate('sum', 'up:')).toBe(2n * INT64_MAX + 1n);
      expect(await store.aggregate('sum', 'down:')).toBe(2n * INT64_MIN - 7n);
      expect(await store.aggregate('sum', '')).toBe(-8n);
    });

    test('leaves out what windows counted, and has rows that are 0', async () => {
      const store = open();
      const start = Date.UTC(2026, 10, 27);
      const bucket = bucketName('kept', bucketSuffix({ window: 'day', start }));
      await store.apply(0, batch(1, { kept: 5, [bucket]: 5, zero: 1 }));
      await store.apply(0, batch(2, { zero: -1 }));
      expect(await store.aggregate('sum', '')).toBe(5n);
      expect(await store.aggregate('count', '')).toBe(2n);
    });
  });
}
