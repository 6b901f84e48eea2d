import { describe, expect, test } from 'vitest';
import { bucketName, bucketSuffix } from '../../../lib/words/bucket-name.js';
import { DatabaseUnavailableError } from '../../../lib/index.js';
import { RefusedByDatabaseError } from '../../../lib/database/refused-by-database.error.js';
import { SqlCounterStore } from '../../../lib/database/sql/sql-counter-store.js';
import { batch, connect, ledger, NAMESPACES, open, rows, single } from './databases.js';

const judge = (body: string, { table = 'fast_counter', on = 'INSERT' } = {}): string =>
  `CREATE TRIGGER judge_${on.toLowerCase()} BEFORE ${on} ON ${table} FOR EACH ROW BEGIN ${body} END`;
const NOT_THIS = `IF NEW.name LIKE 'bad%' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this'; END IF;`;

const many = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, index + 1]));
const day = bucketSuffix({ window: 'day', start: Date.UTC(2026, 0, 1) });

describe('a row that MariaDB refuses for good is left out, and the others are added', () => {
  test.each([
    ['by a constraint', `ALTER TABLE fast_counter ADD CONSTRAINT no CHECK (name NOT LIKE 'bad%')`],
    ['by a trigger', judge(NOT_THIS)],
    ['by a trigger with a code of its own', judge(NOT_THIS.replace('45000', 'MY001'))],
    [
      'by a column that is too short',
      'ALTER TABLE fast_counter MODIFY name varchar(9) COLLATE utf8mb4_nopad_bin',
    ],
  ])('%s', async (_, statement) => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { bay: 1, c1: 1 }));
    await dataSource.query(statement);
    const mixed = batch(2, { ...many(40), 'bad counter': 7 });
    const result = await store.apply(0, mixed);
    expect(result).toMatchObject({ status: 'applied', leftOut: [], missing: 0 });
    if (result.status === 'superseded') throw new Error('superseded');
    expect(result.refused).toEqual([
      { error: expect.any(String) as string, names: ['bad counter'] },
    ]);
    expect(result.refused?.[0]?.error).not.toBe('');
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
    const { store, dataSource } = await single();
    await dataSource.query(judge(NOT_THIS, { table: 'fast_counter_bucket' }));
    const [good, bad] = [bucketName('good', day), bucketName('bad', day)];
    const deltas = { good: 1, [good]: 1, bad: 2, [bad]: 2, zero: 0 };
    const result = await store.apply(0, batch(1, deltas));
    expect(result).toMatchObject({ refused: [{ names: [bad] }], leftOut: [] });
    const { values } = await store.read(['good', good, 'bad', bad], []);
    expect(Object.fromEntries(values)).toEqual({ good: '1', bad: '2', [good]: '1' });
  });

  test('beside others that leave the range', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { full: 2n ** 63n - 1n }));
    await dataSource.query(judge(NOT_THIS));
    expect(await store.apply(0, batch(2, { bad: 1, full: 1, good: 1 }))).toMatchObject({
      leftOut: ['full'],
      refused: [{ names: ['bad'] }],
      values: new Map([['good', '1']]),
    });
  });

  test('also one that it refuses to remove: that stays at zero', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { bad: 1, good: 1 }));
    await dataSource.query(judge(NOT_THIS.replace('NEW', 'OLD'), { on: 'DELETE' }));
    expect(await store.apply(0, batch(2, { bad: -1, good: -1 }, ['bad', 'good']))).toMatchObject({
      unremoved: [{ names: ['bad'] }],
    });
    expect(await rows(dataSource)).toEqual([['bad', '0']]);
  });
});

describe('nothing is put aside', () => {
  test('where MariaDB refuses every row', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { a: 1 }));
    const all = `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'none';`;
    for (const on of ['INSERT', 'UPDATE']) await dataSource.query(judge(all, { on }));
    await expect(store.apply(0, batch(2, many(40)))).rejects.toThrow(
      /refuses every row of the counters.*none/,
    );
    expect(await ledger(dataSource)).toMatchObject({ seq: '1' });
  });

  test('where a right is missing, which is a refusal and no outage', async () => {
    const { store, url } = await single();
    await store.apply(0, batch(1, { a: 1 }));
    const owner = await open(url);
    const name = `reader_${Date.now().toString(36)}`;
    const { pathname } = new URL(url);
    await owner.query(
      `CREATE USER ${name}@'%' IDENTIFIED BY 'x'; GRANT SELECT ON ${pathname.slice(1)}.* TO ${name}@'%'`,
    );
    const asReader = Object.assign(new URL(url), { username: name, password: 'x' }).href;
    const reader = new SqlCounterStore(await connect(asReader), NAMESPACES);
    expect((await reader.read(['a'], [0])).values).toEqual(new Map([['a', '1']]));
    const refused = await reader.apply(0, batch(2, { a: 1 })).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DatabaseUnavailableError);
    expect(refused).toMatchObject({ message: expect.stringMatching(/denied/) as string });
    const seeding = reader.seed(0, () => Promise.resolve('x'));
    await expect(seeding).rejects.toBeInstanceOf(RefusedByDatabaseError);
  });

  test('where a table is missing, and the batch arrives when it is back', async () => {
    const { store, dataSource } = await single();
    await dataSource.query('RENAME TABLE fast_counter TO elsewhere');
    const next = batch(1, { a: 1 });
    await expect(store.apply(0, next)).rejects.toThrow(
      /The database failed: Table '.*fast_counter' doesn't exist; .*run the migrations/,
    );
    await dataSource.query('RENAME TABLE elsewhere TO fast_counter');
    expect(await store.apply(0, next)).toMatchObject({ status: 'applied' });
  });

  test('where the ledger fails, and nothing was changed', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { a: 1 }));
    await dataSource.query('ALTER TABLE fast_counter_ledger ADD CONSTRAINT low CHECK (seq < 2)');
    const failing = batch(2, { a: 1, b: 100 });
    await expect(store.apply(0, failing)).rejects.toThrow(DatabaseUnavailableError);
    expect(await rows(dataSource)).toEqual([['a', '1']]);
    expect((await ledger(dataSource))?.seq).toBe('1');
    await dataSource.query('ALTER TABLE fast_counter_ledger DROP CONSTRAINT low');
    expect(await store.apply(0, failing)).toMatchObject({ status: 'applied' });
  });
});
