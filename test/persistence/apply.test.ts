import { describe, expect, test } from 'vitest';
import { DatabaseUnavailableError } from '../../lib/index.js';
import { batch, ledger, rows, sentStatements, stores } from './databases.js';

async function single() {
  const { stores: made, dataSource } = await stores(1);
  const [store] = made;
  if (store === undefined) throw new Error('no store');
  return { store, dataSource };
}

describe('SqlCounterStore.apply()', () => {
  test('is one statement where all there is to do is to add, and else a transaction', async () => {
    const { store, dataSource } = await single();
    const names = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`c${index}`, 1]));
    const plain = batch(2, names);
    const ofItsOwn = { ...batch(5, { c1: 1 }) };
    ofItsOwn.entries = ofItsOwn.entries.map((entry) => ({ ...entry, expected: '1' }));
    await store.apply(0, batch(1, { c1: 1 }));
    const sent = sentStatements(dataSource);
    const statements = async (applied: typeof plain): Promise<string[]> => {
      sent.length = 0;
      await store.apply(0, applied);
      return sent.map(({ text }) => text.trim().split(/\s/)[0] ?? '');
    };
    expect(await statements(plain)).toEqual(['WITH']);
    // it comes again
    expect(await statements(plain)).toEqual(expect.arrayContaining(['START', 'COMMIT']));
    const cancelled = batch(3, { c1: 0 });
    const deleted = batch(4, { c1: -1 }, ['c1']);
    for (const other of [cancelled, deleted, ofItsOwn]) {
      const all = await statements(other);
      expect([all[0], all.at(-1)]).toEqual(['START', 'COMMIT']);
    }
  });

  test('changes nothing when it fails half-way', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { a: 1 }));
    await dataSource.query(`ALTER TABLE fast_counter_ledger ADD CONSTRAINT low CHECK (seq < 2)`);
    const failing = batch(2, { a: 1, b: 100 });
    await expect(store.apply(0, failing)).rejects.toThrow(DatabaseUnavailableError);
    expect(await rows(dataSource)).toEqual([['a', '1']]);
    expect((await ledger(dataSource))?.seq).toBe('1');
    await dataSource.query(`ALTER TABLE fast_counter_ledger DROP CONSTRAINT low`);
    expect(await store.apply(0, failing)).toMatchObject({ status: 'applied' });
  });
});
