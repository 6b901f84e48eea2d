import { describe, expect, test } from 'vitest';
import type { LedgerPosition } from '../../../lib/cache/counter-cache.js';
import { CacheUnavailableError } from '../../../lib/index.js';
import { batch, expectLedger, type StoreSubject } from '../counter-store.conformance.js';

export function seeding({ open }: StoreSubject): void {
  describe('seed()', () => {
    test('reserves the seq behind the ledger and writes it there', async () => {
      const store = open();
      const asked: LedgerPosition[] = [];
      const reserve = (position: LedgerPosition): Promise<string> => {
        asked.push(position);
        return Promise.resolve(`above-${position.seq}`);
      };
      const applied = batch(3, { a: 1 });
      expect(await store.seed(0, reserve)).toBe('above-0');
      expect(await store.seed(0, reserve)).toBe('above-1');
      expect(await store.apply(0, applied)).toMatchObject({ missing: 0 });
      expect(await store.seed(0, reserve)).toBe('above-3');
      expect(asked).toEqual([
        { seq: 0, nonce: '' },
        { seq: 1, nonce: 'above-0' },
        { seq: 3, nonce: applied.nonce },
      ]);
      await expectLedger(store, 4, 'above-3');
    });

    test('leaves the ledger alone where there is a fence, or the reservation fails', async () => {
      const store = open();
      const applied = batch(4, { a: 1 });
      await store.apply(0, applied);
      expect(await store.seed(0, () => Promise.resolve(undefined))).toBeUndefined();
      const failure = new CacheUnavailableError('Redis went away');
      await expect(store.seed(0, () => Promise.reject(failure))).rejects.toBe(failure);
      await expectLedger(store, 4, applied.nonce);
    });

    test('takes back no batch: one of the seq that was seeded over is refused', async () => {
      const store = open();
      const late = batch(1, { a: 1 });
      await store.seed(0, () => Promise.resolve('generation'));
      expect(await store.apply(0, late)).toEqual({ status: 'superseded', ledgerSeq: 1 });
    });

    test('forgets what the last batch left out', async () => {
      const store = open();
      await store.apply(0, batch(1, { full: 2n ** 63n - 1n }));
      await store.apply(0, batch(2, { full: 1 }));
      await store.seed(0, () => Promise.resolve('generation'));
      const same = { ...batch(3, { full: 0 }), nonce: 'generation' };
      expect(await store.apply(0, same)).toMatchObject({ status: 'repeated', leftOut: [] });
    });
  });
}
