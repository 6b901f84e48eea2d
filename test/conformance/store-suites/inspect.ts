import { describe, expect, test } from 'vitest';
import { batch, type StoreSubject } from '../counter-store.conformance.js';
import { bucketOf, HOUR, START } from '../store-buckets.js';

const day = (after = 0) => ({ window: 'day', start: START + after * HOUR }) as const;

export function inspecting({ open }: StoreSubject): void {
  describe('inspect()', () => {
    test('finds nothing wrong with a database that is fit for counts', async () => {
      const store = open();
      expect(await store.inspect([])).toEqual([]);
      expect(await store.inspect([day()])).toEqual([]);
    });

    test('warns of rows where no window begins, once, of that window and namespace alone', async () => {
      const store = open();
      await store.apply(0, batch(1, { [bucketOf('a', day())]: 1, [bucketOf('b', day(1))]: 1 }));
      expect(await store.inspect([day(2), { ...day(), window: 'hour' }])).toEqual([]);
      expect(await store.inspect([day(2), day(), day(1)])).toEqual([
        {
          kind: 'warning',
          message: expect.stringContaining('no day begins at 2026-11-22T17:00') as string,
        },
      ]);
      expect(await open().inspect([day()])).toEqual([]);
    });
  });
}
