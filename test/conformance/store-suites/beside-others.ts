import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CounterStore } from '../../../lib/database/counter-store.js';
import {
  batch,
  counters,
  expectLedger,
  newNamespace,
  type StoreSubject,
} from '../counter-store.conformance.js';

export function besideOthers({ open }: StoreSubject): void {
  const five = (): [CounterStore, ...CounterStore[]] => {
    const namespace = newNamespace();
    return [open(namespace), ...Array.from({ length: 4 }, () => open(namespace))];
  };

  describe('several stores at once', () => {
    test.each([
      ['in one step', {}],
      ['in several', { c: 0 }],
    ])('add the same batch once, %s', async (_, unchanged) => {
      const all = five();
      for (let seq = 1; seq <= 10; seq++) {
        const same = batch(seq, { a: 1, b: 10, ...unchanged });
        const results = await Promise.all(all.map((store) => store.apply(0, same)));
        const statuses = results.map(({ status }) => status).sort();
        expect(statuses).toEqual(['applied', 'repeated', 'repeated', 'repeated', 'repeated']);
        const found = results.map((result) => 'values' in result && [...result.values].sort());
        expect(new Set(found.map(String)).size).toBe(1);
      }
      expect(await counters(all[0])).toEqual({ a: 10n, b: 100n });
    });

    test('add one of different batches of one seq', async () => {
      const all = five();
      for (let seq = 1; seq <= 10; seq++) {
        const results = await Promise.all(all.map((store) => store.apply(0, batch(seq, { a: 1 }))));
        expect(results.filter(({ status }) => status === 'applied')).toHaveLength(1);
        expect(results.filter(({ status }) => status === 'superseded')).toHaveLength(4);
        expect(await counters(all[0])).toEqual({ a: BigInt(seq) });
      }
    });

    test.each([
      ['a new partition', 0],
      ['one that the database knows', 3],
    ])('seed %s once', async (_, known) => {
      const all = five();
      for (let seq = 1; seq <= known; seq++) await all[0].apply(0, batch(seq, { a: 1 }));
      let fence: number | undefined;
      const reserve = async ({ seq }: { seq: number }): Promise<string | undefined> => {
        const absent = fence === undefined;
        await sleep(10);
        if (absent) fence = seq + 1;
        return absent ? `above ${known}` : undefined;
      };
      const answers = await Promise.all(all.map((store) => store.seed(0, reserve)));
      expect(answers.filter((answer) => answer !== undefined)).toEqual([`above ${known}`]);
      expect(fence).toBe(known + 1);
      await expectLedger(all[0], known + 1, `above ${known}`);
    });

    test('keep batches from a partition that is being seeded, but neither others nor reads', async () => {
      const [store, other] = five();
      let go = (): void => undefined;
      const reserved = new Promise<void>((resolve) => (go = resolve));
      let begun = (): void => undefined;
      const held = new Promise<void>((resolve) => (begun = resolve));
      const seeded = store.seed(0, async () => {
        begun();
        await reserved;
        return 'generation';
      });
      await held;
      let ended = false;
      const waits = other?.apply(0, batch(1, { a: 1 })).finally(() => (ended = true));
      expect(await other?.apply(1, batch(1, { b: 1 }))).toMatchObject({ status: 'applied' });
      expect((await other?.read(['a'], [0]))?.ledgers).toEqual(new Map([[0, 0]]));
      expect(ended).toBe(false);
      go();
      expect(await seeded).toBe('generation');
      expect(await waits).toEqual({ status: 'superseded', ledgerSeq: 1 });
    });

    test('of one partition go on behind a reservation that failed', async () => {
      const [store, other] = five();
      const seeded = store.seed(0, () => Promise.reject(new Error('away')));
      await expect(seeded).rejects.toThrow('away');
      expect(await other?.apply(0, batch(1, { a: 1 }))).toMatchObject({
        status: 'applied',
        missing: 0,
      });
    });
  });
}
