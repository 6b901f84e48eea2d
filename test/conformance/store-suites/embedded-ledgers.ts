import { describe, expect, test } from 'vitest';
import {
  batch,
  counters,
  type EmbeddedStore,
  expectLedger,
  newNamespace,
  type StoreSubject,
} from '../counter-store.conformance.js';

const SECOND = 1000;
const DAY = 86_400_000;

export function embeddedLedgers({ open, embedded, age }: StoreSubject): void {
  /** Stores of embedded processes of one namespace, each with a ledger at seq 1. */
  const processes = async () => {
    const namespace = newNamespace();
    const [a, b] = [embedded(namespace, 'a'), embedded(namespace, 'b')];
    for (const { store } of [a, b]) await store.seed(0, () => Promise.resolve('seeded'));
    return { namespace, a, b };
  };
  const othersOf = async ({ ownLedger }: EmbeddedStore): Promise<string[]> => [
    ...(await ownLedger.touch()).keys(),
  ];

  describe('ledgers of embedded processes', () => {
    test('are apart from one another, and from that of processes with Redis; rows are not', async () => {
      const { namespace, a, b } = await processes();
      const store = open(namespace);
      await a.store.apply(0, batch(2, { name: 1 }));
      await b.store.apply(0, batch(2, { name: 10 }));
      await store.apply(0, batch(1, { name: 100 }));
      expect((await b.store.read(['name'], [0])).ledgers.get(0)).toBe(2);
      await expectLedger(a.store, 2, expect.any(String) as string);
      expect((await store.read([], [0])).ledgers.get(0)).toBe(1);
      expect(await counters(a.store)).toEqual({ name: 111n });
    });

    test('are known to all while they are written or marked', async () => {
      const { namespace, a, b } = await processes();
      const others = async (): Promise<string[]> => (await open(namespace).embedded()).sort();
      expect(await others()).toEqual([a.ledger, b.ledger]);
      expect(await open().embedded()).toEqual([]);
      await age(a.ledger, 61 * SECOND);
      expect(await others()).toEqual([b.ledger]);
      expect(await othersOf(b)).toEqual([]);
      expect(await othersOf(a)).toEqual([b.ledger]);
      expect(await others()).toEqual([a.ledger, b.ledger]);
      expect(await othersOf(b)).toEqual([a.ledger]);
      // in a clock that was ahead
      await age(a.ledger, -120 * SECOND);
      expect(await othersOf(b)).toEqual([]);
      await age(a.ledger, 50 * SECOND);
      expect(await othersOf(b)).toEqual([a.ledger]);
    });

    test('are marked at times that tell one from the next', async () => {
      const { a, b } = await processes();
      const seen = new Set<string | undefined>();
      for (let times = 0; times < 3; times++) {
        await a.ownLedger.touch();
        seen.add((await b.ownLedger.touch()).get(a.ledger));
      }
      expect(seen.size).toBe(3);
      const before = await b.ownLedger.touch();
      expect(await b.ownLedger.touch()).toEqual(before);
    });

    test('see that of processes with Redis by their note, under the name of the namespace', async () => {
      const { namespace, a, b } = await processes();
      const { redisNotes } = open(namespace);
      await redisNotes?.write({ identity: 'redis', place: 'here', process: 'one' });
      expect((await othersOf(a)).sort()).toEqual([namespace, b.ledger]);
      await redisNotes?.outdate('one');
      expect(await othersOf(a)).toEqual([b.ledger]);
    });

    test('are removed after seven days, but not one that is marked, nor the own one', async () => {
      const { namespace, a, b } = await processes();
      const stranger = embedded(newNamespace(), 'a');
      await stranger.store.seed(0, () => Promise.resolve('seeded'));
      const old = 7 * DAY + 60 * SECOND;
      for (const ledger of [b.ledger, stranger.ledger]) await age(ledger, old);
      await b.ownLedger.removeAbandoned();
      await b.ownLedger.touch();
      await a.ownLedger.removeAbandoned();
      await expectLedger(b.store, 1, 'seeded');
      await age(b.ledger, old);
      await a.ownLedger.removeAbandoned();
      expect((await b.store.read([], [0])).ledgers.get(0)).toBe(0);
      await expectLedger(a.store, 1, 'seeded');
      await expectLedger(stranger.store, 1, 'seeded');
      expect(await open(namespace).embedded()).toEqual([a.ledger]);
    });

    test('supersede a batch when they were removed, as it may have been applied, and go on behind it', async () => {
      const { a } = await processes();
      const { store, ownLedger } = a;
      const second = batch(2, { name: 5 });
      // the answer is lost, and the process stands still
      expect(await store.apply(0, second)).toMatchObject({ status: 'applied' });
      await ownLedger.remove();
      for (let attempt = 0; attempt < 2; attempt++) {
        expect(await store.apply(0, second)).toEqual({ status: 'superseded', ledgerSeq: 2 });
      }
      expect(await counters(store)).toEqual({ name: 5n });
      const third = batch(3, { name: 1 });
      expect(await store.apply(0, third)).toMatchObject({ status: 'applied', missing: 0 });
      expect(await counters(store)).toEqual({ name: 6n });
    });
  });
}
