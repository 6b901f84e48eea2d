import { describe, expect, test } from 'vitest';
import type { LedgerPosition } from '../../lib/cache/counter-cache.js';
import { DatabaseUnavailableError } from '../../lib/index.js';
import { INT64_MAX, INT64_MIN } from '../support/int64.js';
import { batch, ledger, rows, sentStatements, stores } from './databases.js';

const values = (record: Record<string, bigint>): Map<string, string> =>
  new Map(Object.entries(record).map(([name, value]) => [name, String(value)]));

async function single() {
  const { stores: made, dataSource } = await stores(1);
  const [store] = made;
  if (store === undefined) throw new Error('no store');
  return { store, dataSource };
}

describe('SqlCounterStore.apply()', () => {
  test('adds a batch to its rows and answers the values after it', async () => {
    const { store, dataSource } = await single();
    expect(await store.apply(0, batch(1, { a: 1, b: -2, c: 0 }))).toEqual({
      status: 'applied',
      values: values({ a: 1n, b: -2n, c: 0n }),
      leftOut: [],
      missing: 0,
    });
    expect(await store.apply(0, batch(2, { b: 5, d: 4, a: 0 }))).toEqual({
      status: 'applied',
      values: values({ a: 1n, b: 3n, d: 4n }),
      leftOut: [],
      missing: 0,
    });
    expect(await rows(dataSource)).toEqual([
      ['a', '1'],
      ['b', '3'],
      ['d', '4'],
    ]);
  });

  test('remembers seq and nonce in the ledger of the partition', async () => {
    const { store, dataSource } = await single();
    const first = batch(1, { a: 1 });
    const third = batch(1, { b: 1 });
    await store.apply(0, first);
    await store.apply(3, third);
    expect(await ledger(dataSource, 0)).toEqual({ seq: '1', nonce: first.nonce, left_out: '[]' });
    expect(await ledger(dataSource, 3)).toEqual({ seq: '1', nonce: third.nonce, left_out: '[]' });
    expect(await ledger(dataSource, 1)).toBeUndefined();
  });

  test('answers the same to a repeated batch, and adds nothing', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { full: INT64_MAX }));
    const repeated = batch(2, { a: 7, full: 1, zero: 0 });
    const first = await store.apply(0, repeated);
    expect(first).toMatchObject({ status: 'applied', leftOut: ['full'] });
    for (let repeat = 0; repeat < 3; repeat++) {
      expect(await store.apply(0, repeated)).toEqual({ ...first, status: 'repeated' });
    }
    expect(await rows(dataSource)).toEqual([
      ['a', '7'],
      ['full', INT64_MAX.toString()],
    ]);
  });

  test('refuses another batch of the same or an earlier seq, and changes nothing', async () => {
    const { store, dataSource } = await single();
    const applied = batch(2, { a: 1 });
    await store.apply(0, batch(1, { a: 1 }));
    await store.apply(0, applied);
    for (const seq of [2, 1, 0]) {
      const other = batch(seq, { a: 100, b: 100 });
      expect(await store.apply(0, other)).toEqual({ status: 'superseded', ledgerSeq: 2 });
    }
    expect(await rows(dataSource)).toEqual([['a', '2']]);
    expect(await ledger(dataSource)).toEqual({ seq: '2', nonce: applied.nonce, left_out: '[]' });
  });

  test('applies a batch behind a gap, and says how many are missing', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { a: 1 }));
    expect(await store.apply(0, batch(5, { a: 1 }))).toMatchObject({
      status: 'applied',
      missing: 3,
    });
    expect(await store.apply(0, batch(6, { a: 1 }))).toMatchObject({ missing: 0 });
    expect(await rows(dataSource)).toEqual([['a', '3']]);
  });

  test('leaves out what would overflow, adds the others, and remembers which', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { top: INT64_MAX, bottom: INT64_MIN, near: INT64_MAX - 1n }));
    const result = await store.apply(
      0,
      batch(2, { top: 1, other: 2, bottom: -1, near: 1, '"odd"\\': 3 }),
    );
    expect(result).toEqual({
      status: 'applied',
      values: values({ other: 2n, near: INT64_MAX, '"odd"\\': 3n }),
      leftOut: ['top', 'bottom'],
      missing: 0,
    });
    expect(JSON.parse((await ledger(dataSource))?.left_out ?? '')).toEqual(['top', 'bottom']);
    expect(new Map(await rows(dataSource))).toEqual(
      new Map([
        ['"odd"\\', '3'],
        ['bottom', INT64_MIN.toString()],
        ['near', INT64_MAX.toString()],
        ['other', '2'],
        ['top', INT64_MAX.toString()],
      ]),
    );
    await store.apply(0, batch(3, { top: -1, bottom: 1 }));
    expect((await ledger(dataSource))?.left_out).toBe('[]');
    expect((await store.read(['top', 'bottom'], [])).values).toEqual(
      values({ top: INT64_MAX - 1n, bottom: INT64_MIN + 1n }),
    );
  });

  test('removes rows that come to zero if asked to, and only those', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { gone: 5, kept: 5, unasked: 5, 'not-zero': 5 }));
    const result = await store.apply(
      0,
      batch(2, { gone: -5, kept: 0, unasked: -5, 'not-zero': -4, unknown: 0 }, [
        'gone',
        'not-zero',
        'unknown',
      ]),
    );
    expect(result).toMatchObject({
      status: 'applied',
      values: values({ gone: 0n, kept: 5n, unasked: 0n, 'not-zero': 1n, unknown: 0n }),
    });
    expect(await rows(dataSource)).toEqual([
      ['kept', '5'],
      ['not-zero', '1'],
      ['unasked', '0'],
    ]);
    await store.apply(0, batch(3, { unasked: 0 }, ['unasked']));
    expect(await rows(dataSource)).toHaveLength(2);
  });

  test('does not touch rows of other names or namespaces', async () => {
    const { store, dataSource } = await single();
    await dataSource.query(
      `INSERT INTO fast_counter VALUES ('other', 'a', 50, now(), now()), ('other', 'z', 0, now(), now())`,
    );
    await store.apply(0, batch(1, { a: 1, z: 0 }, ['z']));
    const found = await dataSource.query<unknown[]>(
      `SELECT name, value FROM fast_counter WHERE namespace = 'other' ORDER BY name`,
    );
    expect(found).toEqual([
      { name: 'a', value: '50' },
      { name: 'z', value: '0' },
    ]);
  });

  test('takes an empty batch, and one of 500 names, 191 characters each', async () => {
    const { store, dataSource } = await single();
    expect(await store.apply(0, batch(1, {}))).toMatchObject({ status: 'applied' });
    const names = Array.from({ length: 500 }, (_, index) => `${index}`.padStart(191, '数'));
    const deltas = Object.fromEntries(names.map((name, index) => [name, index + 1]));
    await store.apply(0, batch(2, deltas));
    expect(await rows(dataSource)).toHaveLength(500);
    const read = await store.read(names, [0]);
    expect(names.map((name) => read.values.get(name))).toEqual(names.map((_, i) => String(i + 1)));
  });

  test('sets createdAt once and updatedAt with every batch', async () => {
    const { store } = await single();
    const query = { order: 'name', direction: 'asc', limit: 1 } as const;
    await store.apply(0, batch(1, { a: 1 }));
    const [before] = await store.list(query);
    await store.apply(0, batch(2, { a: 1 }));
    const [after] = await store.list(query);
    expect(after?.createdAt).toEqual(before?.createdAt);
    expect(after?.updatedAt.getTime()).toBeGreaterThan(before?.updatedAt.getTime() ?? Infinity);
  });

  test('is one statement where all there is to do is to add, and else a transaction', async () => {
    const { store } = await single();
    const names = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`c${index}`, 1]));
    const plain = batch(2, names);
    const ofItsOwn = { ...batch(5, { c1: 1 }) };
    ofItsOwn.entries = ofItsOwn.entries.map((entry) => ({ ...entry, expected: '1' }));
    await store.apply(0, batch(1, { c1: 1 }));
    const sent = sentStatements();
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

describe('SqlCounterStore.seed()', () => {
  test('reserves the seq behind the ledger and writes it there', async () => {
    const { store, dataSource } = await single();
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
    expect(await ledger(dataSource)).toMatchObject({ seq: '4', nonce: 'above-3' });
  });

  test('leaves the ledger alone where there is a fence, or the reservation fails', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(4, { a: 1 }));
    expect(await store.seed(0, () => Promise.resolve(undefined))).toBeUndefined();
    const failure = new Error('Redis went away');
    await expect(store.seed(0, () => Promise.reject(failure))).rejects.toThrow('Redis went away');
    expect((await ledger(dataSource))?.seq).toBe('4');
  });

  test('takes back no batch: one of the seq that was seeded over is refused', async () => {
    const { store } = await single();
    const late = batch(1, { a: 1 });
    await store.seed(0, () => Promise.resolve('generation'));
    expect(await store.apply(0, late)).toEqual({ status: 'superseded', ledgerSeq: 1 });
  });
});
