import { describe, expect, test } from 'vitest';
import { DatabaseUnavailableError } from '../../../lib/index.js';
import { bucketName, bucketSuffix } from '../../../lib/words/bucket-name.js';
import { SQLITE_KINDS } from '../../support/sqlite.js';
import { batch, ledger, rows, single } from './databases.js';

const judge = (body: string, { table = 'fast_counter', on = 'INSERT', when = '' } = {}): string =>
  `CREATE TRIGGER judge_${table}_${on} BEFORE ${on} ON ${table} ${when} BEGIN ${body}; END`;
const ABORT = `SELECT RAISE(ABORT, 'not this')`;
const BAD = { when: `WHEN NEW.name LIKE 'bad%'` };

const many = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, index + 1]));
const day = bucketSuffix({ window: 'day', start: Date.UTC(2026, 0, 1) });

/** A constraint comes with its table alone. */
const CHECKED = [
  'ALTER TABLE fast_counter RENAME TO former',
  `CREATE TABLE fast_counter (namespace varchar(64) NOT NULL, name varchar(191) NOT NULL CHECK (name NOT LIKE 'bad%'), value bigint NOT NULL,
     created_at datetime NOT NULL, updated_at datetime NOT NULL, PRIMARY KEY (namespace, name))`,
  'INSERT INTO fast_counter SELECT * FROM former',
];

describe.each(SQLITE_KINDS)('by %s', (kind) => {
  describe('a row that SQLite refuses for good is left out, and the others are added', () => {
    test.each([
      ['by a constraint', CHECKED, /CHECK constraint failed/],
      ['by a trigger', [judge(ABORT, BAD)], /^not this$/],
      [
        'by a trigger that ignores it',
        [judge('SELECT RAISE(IGNORE)', BAD)],
        /trigger kept the row/,
      ],
    ])('%s', async (_, statements, words) => {
      const { store, dataSource } = await single(kind);
      await store.apply(0, batch(1, { bay: 1, c1: 1 }));
      for (const statement of statements) await dataSource.query(statement);
      const mixed = batch(2, { ...many(40), 'bad counter': 7 });
      const result = await store.apply(0, mixed);
      expect(result).toMatchObject({ status: 'applied', leftOut: [], missing: 0 });
      if (result.status === 'superseded') throw new Error('superseded');
      expect(result.refused).toEqual([
        { error: expect.stringMatching(words) as string, names: ['bad counter'] },
      ]);
      expect(result.values.size).toBe(40);
      const found = new Map(await rows(dataSource));
      expect(found.get('c1')).toBe('3');
      expect(found.has('bad counter')).toBe(false);
      expect(await ledger(dataSource)).toMatchObject({ seq: '2', nonce: mixed.nonce });
      // whoever comes with it again hears the same, with the reason
      const { values, leftOut, refused } = result;
      const known = { status: 'repeated', values, leftOut, refused, missing: 0 };
      for (let repeat = 0; repeat < 2; repeat++) expect(await store.apply(0, mixed)).toEqual(known);
      expect(await store.apply(0, batch(3, { c1: 1 }))).toMatchObject({ status: 'applied' });
    });

    test('its buckets apart from its total', async () => {
      const { store, dataSource } = await single(kind);
      await dataSource.query(judge(ABORT, { ...BAD, table: 'fast_counter_bucket' }));
      const [good, bad] = [bucketName('good', day), bucketName('bad', day)];
      const deltas = { good: 1, [good]: 1, bad: 2, [bad]: 2, zero: 0 };
      const result = await store.apply(0, batch(1, deltas));
      expect(result).toMatchObject({ refused: [{ names: [bad] }], leftOut: [] });
      const { values } = await store.read(['good', good, 'bad', bad], []);
      expect(Object.fromEntries(values)).toEqual({ good: '1', bad: '2', [good]: '1' });
    });

    test('beside others that leave the range', async () => {
      const { store, dataSource } = await single(kind);
      await store.apply(0, batch(1, { full: 2n ** 63n - 1n }));
      await dataSource.query(judge(ABORT, BAD));
      expect(await store.apply(0, batch(2, { bad: 1, full: 1, good: 1 }))).toMatchObject({
        leftOut: ['full'],
        refused: [{ names: ['bad'] }],
        values: new Map([['good', '1']]),
      });
    });

    test('also where it is the only one of its batch, as another row is taken', async () => {
      const { store, dataSource } = await single(kind);
      await dataSource.query(judge(ABORT, BAD));
      expect(await store.apply(0, batch(1, { bad: 1 }))).toMatchObject({
        refused: [{ error: 'not this', names: ['bad'] }],
      });
      expect(await rows(dataSource)).toEqual([]);
    });

    test('also one that it refuses to remove: that stays at zero', async () => {
      const { store, dataSource } = await single(kind);
      await store.apply(0, batch(1, { bad: 1, good: 1 }));
      await dataSource.query(judge(ABORT, { on: 'DELETE', when: `WHEN OLD.name LIKE 'bad%'` }));
      expect(await store.apply(0, batch(2, { bad: -1, good: -1 }, ['bad', 'good']))).toMatchObject({
        unremoved: [{ names: ['bad'] }],
      });
      expect(await rows(dataSource)).toEqual([['bad', '0']]);
    });
  });

  describe('nothing is put aside', () => {
    test('where SQLite refuses every row', async () => {
      const { store, dataSource } = await single(kind);
      await store.apply(0, batch(1, { a: 1 }));
      for (const on of ['INSERT', 'UPDATE']) await dataSource.query(judge(ABORT, { on }));
      await expect(store.apply(0, batch(2, many(40)))).rejects.toThrow(
        /refuses every row of the counters.*not this/,
      );
      expect(await ledger(dataSource)).toMatchObject({ seq: '1' });
    });

    test('where a trigger rolls all of the transaction back', async () => {
      const { store, dataSource } = await single(kind);
      await store.apply(0, batch(1, { a: 1 }));
      await dataSource.query(judge(`SELECT RAISE(ROLLBACK, 'all of it')`, BAD));
      const mixed = batch(2, { a: 1, bad: 1, c: 1 });
      await expect(store.apply(0, mixed)).rejects.toThrow('all of it');
      expect(await rows(dataSource)).toEqual([['a', '1']]);
      expect(await ledger(dataSource)).toMatchObject({ seq: '1' });
      await dataSource.query('DROP TRIGGER judge_fast_counter_INSERT');
      expect(await store.apply(0, mixed)).toMatchObject({ status: 'applied' });
    });

    test('where a table is missing, and the batch arrives when it is back', async () => {
      const { store, dataSource } = await single(kind);
      await dataSource.query('ALTER TABLE fast_counter RENAME TO elsewhere');
      const next = batch(1, { a: 1 });
      await expect(store.apply(0, next)).rejects.toThrow(
        /The database failed: no such table: fast_counter; .*run the migrations/,
      );
      await dataSource.query('ALTER TABLE elsewhere RENAME TO fast_counter');
      expect(await store.apply(0, next)).toMatchObject({ status: 'applied' });
    });

    test('where the ledger fails, and nothing was changed', async () => {
      const { store, dataSource } = await single(kind);
      await store.apply(0, batch(1, { a: 1 }));
      await dataSource.query(
        judge(ABORT, { table: 'fast_counter_ledger', when: 'WHEN NEW.seq > 1' }),
      );
      const failing = batch(2, { a: 1, b: 100 });
      await expect(store.apply(0, failing)).rejects.toThrow(DatabaseUnavailableError);
      expect(await rows(dataSource)).toEqual([['a', '1']]);
      expect((await ledger(dataSource))?.seq).toBe('1');
      await dataSource.query('DROP TRIGGER judge_fast_counter_ledger_INSERT');
      expect(await store.apply(0, failing)).toMatchObject({ status: 'applied' });
    });

    test('where the database has no room, and the batch arrives when it has', async () => {
      const { store, dataSource } = await single(kind);
      await store.apply(0, batch(1, { a: 1 }));
      const [pages] = await dataSource.query<{ page_count: number }[]>('PRAGMA page_count');
      await dataSource.query(`PRAGMA max_page_count = ${pages?.page_count ?? 0}`);
      const large = batch(2, Object.fromEntries(many500()));
      await expect(store.apply(0, large)).rejects.toThrow(/database or disk is full/);
      expect(await rows(dataSource)).toEqual([['a', '1']]);
      expect((await store.read(['a'], [0])).values.get('a')).toBe('1');
      await dataSource.query('PRAGMA max_page_count = 100000');
      expect(await store.apply(0, large)).toMatchObject({ status: 'applied', leftOut: [] });
      expect(await rows(dataSource)).toHaveLength(501);
    });
  });

  test('what somebody wrote by hand that is no whole number is read and added to as SQLite takes it', async () => {
    const { store, dataSource } = await single(kind);
    await store.apply(0, batch(1, { text: 1, real: 1, overflown: 2n ** 62n }));
    await dataSource.query(`UPDATE fast_counter SET value = 'many' WHERE name = 'text'`);
    await dataSource.query(`UPDATE fast_counter SET value = 2.5 WHERE name = 'real'`);
    await dataSource.query(`UPDATE fast_counter SET value = value * 4 WHERE name = 'overflown'`);
    expect((await store.read(['text', 'real', 'overflown'], [])).values).toEqual(
      new Map([
        ['text', '0'],
        ['real', '2'],
        ['overflown', String(2n ** 63n - 1n)],
      ]),
    );
    expect(await store.apply(0, batch(2, { text: 1, real: 1, overflown: 1 }))).toMatchObject({
      values: new Map([
        ['text', '1'],
        ['real', '3'],
      ]),
      leftOut: ['overflown'],
    });
  });
});

const many500 = (): [string, number][] =>
  Array.from({ length: 500 }, (_, index) => [`${index}`.padStart(191, '\u{1f600}'), index + 1]);
