import { describe, expect, test } from 'vitest';
import { batch, newNamespace, type StoreSubject, values } from '../counter-store.conformance.js';

export function reading({ open }: StoreSubject): void {
  describe('read()', () => {
    test('answers no value of a counter without a row, and 0 for a ledger without one', async () => {
      const store = open();
      await store.apply(2, batch(7, { a: 1, zero: 1 }));
      await store.apply(2, batch(8, { zero: -1 }));
      expect(await store.read(['zero', 'none', 'a'], [2, 0])).toEqual({
        values: values({ a: 1, zero: 0 }),
        ledgers: new Map([
          [0, 0],
          [2, 8],
        ]),
      });
      expect(await store.read([], [])).toEqual({ values: new Map(), ledgers: new Map() });
    });

    test('tells names apart byte for byte', async () => {
      const store = open();
      const names = ['a', 'A', 'á', 'ß', 'ss', 'ﬀ', 'ff', '%', '_', "'", '\\', 'NULL', '😀', 'a b'];
      const all = Object.fromEntries(names.map((name, index) => [name, index + 1]));
      await store.apply(0, batch(1, all));
      expect((await store.read(names, [])).values).toEqual(values(all));
    });

    test('sees values and ledger of one moment', async () => {
      const namespace = newNamespace();
      const [writer, reader] = [open(namespace), open(namespace)];
      let writing = true;
      const written = (async () => {
        for (let seq = 1; seq <= 150; seq++) await writer.apply(0, batch(seq, { a: 1, b: 2 }));
        writing = false;
      })();
      const isWriting = (): boolean => writing;
      let reads = 0;
      while (isWriting()) {
        const read = await reader.read(['a', 'b', 'none'], [0, 1]);
        const seq = read.ledgers.get(0) ?? -1;
        expect(read.values.get('a') ?? '0').toBe(String(seq));
        expect(read.values.get('b') ?? '0').toBe(String(2 * seq));
        expect(read.values.has('none')).toBe(false);
        expect(read.ledgers.get(1)).toBe(0);
        reads++;
      }
      await written;
      expect(reads).toBeGreaterThan(10);
    });
  });
}
