import type { DataSource } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { bucketName, bucketSuffix } from '../../lib/words/bucket-name.js';
import { DatabaseUnavailableError } from '../../lib/index.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { batch, connect, ledger, NAMESPACES, rows, sentStatements, stores } from './databases.js';

async function single() {
  const { stores: made, dataSource, url } = await stores(1);
  const [store] = made;
  if (store === undefined) throw new Error('no store');
  return { store, dataSource, url };
}

/** A trigger of a DBA: runs before each row that is written, or removed. */
async function trigger(
  dataSource: DataSource,
  body: string,
  { table = 'fast_counter', on = 'INSERT OR UPDATE' } = {},
): Promise<void> {
  await dataSource.query(
    `CREATE OR REPLACE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN ${body} RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$`,
  );
  await dataSource.query(
    `CREATE TRIGGER judge BEFORE ${on} ON ${table} FOR EACH ROW EXECUTE FUNCTION judge()`,
  );
}

const many = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, index + 1]));

const day = bucketSuffix({ window: 'day', start: Date.UTC(2026, 0, 1) });

describe('a row that the database refuses for good is left out, and the others are added', () => {
  test.each<[string, (dataSource: DataSource) => Promise<unknown>]>([
    [
      'by a constraint',
      (it) => it.query(`ALTER TABLE fast_counter ADD CONSTRAINT no CHECK (name NOT LIKE 'bad%')`),
    ],
    [
      'by a trigger',
      (it) => trigger(it, `IF NEW.name LIKE 'bad%' THEN RAISE EXCEPTION 'not this'; END IF;`),
    ],
    [
      'by a trigger with a code of its own',
      (it) =>
        trigger(
          it,
          `IF NEW.name LIKE 'bad%' THEN RAISE EXCEPTION 'not this' USING ERRCODE = 'MY001'; END IF;`,
        ),
    ],
    [
      'by a trigger that divides by zero',
      (it) => trigger(it, `IF NEW.name LIKE 'bad%' THEN NEW.value := 1 / 0; END IF;`),
    ],
    [
      'by a column that is too short',
      (it) => it.query('ALTER TABLE fast_counter ALTER name TYPE varchar(9) COLLATE "C"'),
    ],
    [
      'by a unique index',
      (it) =>
        it.query(
          "CREATE UNIQUE INDEX ON fast_counter (left(name, 3)) WHERE name LIKE 'bad%' OR name = 'bay'",
        ),
    ],
  ])('%s', async (_case, refuse) => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { bay: 1, c1: 1 }));
    await refuse(dataSource);
    if (_case.includes('unique'))
      await dataSource.query(`UPDATE fast_counter SET name = 'badly' WHERE name = 'bay'`);
    const mixed = batch(2, { ...many(40), 'bad counter': 7 });
    const result = await store.apply(0, mixed);
    expect(result).toMatchObject({ status: 'applied', leftOut: [], missing: 0 });
    if (result.status === 'superseded') throw new Error('superseded');
    expect(result.refused).toEqual([
      { error: expect.any(String) as string, names: ['bad counter'] },
    ]);
    expect(result.refused?.[0]?.error).not.toBe('');
    expect(result.values.size).toBe(40);
    expect(new Map(await rows(dataSource)).get('c1')).toBe('3');
    expect(new Map(await rows(dataSource)).has('bad counter')).toBe(false);
    expect(await ledger(dataSource)).toMatchObject({ seq: '2', nonce: mixed.nonce });
    // whoever comes with it again hears the same, with the reason
    const { values, leftOut, refused } = result;
    const known = { status: 'repeated', values, leftOut, refused, missing: 0 };
    for (let repeat = 0; repeat < 2; repeat++) expect(await store.apply(0, mixed)).toEqual(known);
    expect(await store.apply(0, batch(3, { c1: 1 }))).toMatchObject({ status: 'applied' });
  });

  test('its buckets and those of others apart from their totals', async () => {
    const { store, dataSource } = await single();
    await trigger(dataSource, `IF NEW.name = 'bad' THEN RAISE EXCEPTION 'not this'; END IF;`, {
      table: 'fast_counter_bucket',
    });
    const good = bucketName('good', day);
    const bad = bucketName('bad', day);
    const result = await store.apply(
      0,
      batch(1, { good: 1, [good]: 1, bad: 2, [bad]: 2, zero: 0 }),
    );
    expect(result).toMatchObject({ refused: [{ names: [bad] }], leftOut: [] });
    const { values } = await store.read(['good', good, 'bad', bad], []);
    expect(values).toEqual(
      new Map([
        ['good', '1'],
        ['bad', '2'],
        [good, '1'],
      ]),
    );
  });

  test('also where the first counter of an empty database is refused, alone', async () => {
    const { store, dataSource } = await single();
    await trigger(dataSource, `IF NEW.name = 'bad' THEN RAISE EXCEPTION 'not this'; END IF;`);
    expect(await store.apply(0, batch(1, { bad: 1 }))).toMatchObject({
      status: 'applied',
      values: new Map(),
      refused: [{ error: 'not this', names: ['bad'] }],
    });
    expect(await rows(dataSource)).toEqual([]);
  });

  test('beside one that would leave the range', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, { full: 2n ** 63n - 1n }));
    await trigger(dataSource, `IF NEW.name = 'bad' THEN RAISE EXCEPTION 'not this'; END IF;`);
    const mixed = batch(2, { full: 1, bad: 1, good: 1 });
    const outcome = { leftOut: ['full'], refused: [{ error: 'not this', names: ['bad'] }] };
    expect(await store.apply(0, mixed)).toMatchObject({ status: 'applied', ...outcome });
    expect(await store.apply(0, mixed)).toMatchObject({ status: 'repeated', ...outcome });
  });

  test('with a bounded number of statements, and a bounded text', async () => {
    const { store, dataSource } = await single();
    await trigger(
      dataSource,
      `IF NEW.name = 'c250' THEN RAISE EXCEPTION '%', repeat('no', 100000); END IF;`,
    );
    const statements = sentStatements(dataSource);
    const result = await store.apply(0, batch(1, many(500)));
    expect(result).toMatchObject({ refused: [{ names: ['c250'] }] });
    expect(
      statements.filter(({ text }) => text.includes('INSERT INTO "fast_counter"')).length,
    ).toBeLessThan(25);
    expect((await ledger(dataSource))?.left_out.length).toBeLessThan(500);
    expect(await store.apply(0, batch(2, { c250: 1, d: 1 }))).toMatchObject({ status: 'applied' });
  });
});

describe('where the database refuses every row, nothing is put aside', () => {
  test.each<[string, (dataSource: DataSource) => Promise<unknown>]>([
    ['a trigger that always raises', (it) => trigger(it, `RAISE EXCEPTION 'closed';`)],
    [
      'a column that has to be filled',
      (it) => it.query('ALTER TABLE fast_counter ADD tenant int NOT NULL'),
    ],
  ])('%s', async (_case, refuse) => {
    const { store, dataSource } = await single();
    await refuse(dataSource);
    const statements = sentStatements(dataSource);
    for (const deltas of [many(500), { a: 1 }]) {
      statements.length = 0;
      const applied = store.apply(0, batch(1, deltas));
      await expect(applied).rejects.toThrow(DatabaseUnavailableError);
      await expect(applied).rejects.toThrow('refuses every row of the counters');
      expect(statements.length).toBeLessThan(300);
    }
    expect(await rows(dataSource)).toEqual([]);
    expect((await store.read([], [0])).ledgers).toEqual(new Map([[0, 0]]));
  });

  test('a table that has rows, and takes no more', async () => {
    const { store, dataSource } = await single();
    await store.apply(0, batch(1, many(30)));
    await trigger(dataSource, `RAISE EXCEPTION 'closed';`);
    const next = batch(2, { c1: 1 });
    await expect(store.apply(0, next)).rejects.toThrow('closed');
    await dataSource.query('DROP TRIGGER judge ON fast_counter');
    expect(await store.apply(0, next)).toMatchObject({ status: 'applied', missing: 0 });
  });

  test('a table of buckets that takes none, beside counters that are fine', async () => {
    const { store, dataSource } = await single();
    await dataSource.query('ALTER TABLE fast_counter_bucket ADD tenant int NOT NULL');
    const applied = store.apply(0, batch(1, { a: 1, [bucketName('a', day)]: 1 }));
    await expect(applied).rejects.toThrow('refuses every row of the buckets');
    expect(await rows(dataSource)).toEqual([]);
  });

  test('a table that is missing is not looked into', async () => {
    const { store, dataSource } = await single();
    await dataSource.query('ALTER TABLE fast_counter RENAME TO elsewhere');
    await expect(store.apply(0, batch(1, { a: 1 }))).rejects.toThrow(
      /relation "fast_counter" does not exist; .*run the migrations/,
    );
  });
});

test('a batch that takes longer than a statement may is added in smaller statements', async () => {
  const { dataSource: owner, url } = await single();
  await trigger(owner, 'PERFORM pg_sleep(0.002);');
  await owner.query(
    `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET statement_timeout = '200ms'`,
  );
  const store = new SqlCounterStore(await connect(url), NAMESPACES);
  const large = batch(1, many(300));
  expect(await store.apply(0, large)).toMatchObject({
    status: 'applied',
    refused: [],
    leftOut: [],
  });
  expect(await rows(owner)).toHaveLength(300);
  expect(await store.apply(0, large)).toMatchObject({ status: 'repeated' });
  const first = new Map(await rows(owner)).get('c0');
  expect(first).toBe('1');
});

test('a row that takes longer than a statement may is not put aside', async () => {
  const { dataSource: owner, url } = await single();
  await trigger(owner, `IF NEW.name = 'slow' THEN PERFORM pg_sleep(5); END IF;`);
  await owner.query(
    `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET statement_timeout = '150ms'`,
  );
  const store = new SqlCounterStore(await connect(url), NAMESPACES);
  await expect(store.apply(0, batch(1, { a: 1, slow: 1 }))).rejects.toThrow('statement timeout');
  expect(await rows(owner)).toEqual([]);
});

test('a row whose removal is refused stays at zero, and is told; others are removed', async () => {
  const { store, dataSource } = await single();
  await store.apply(0, batch(1, { kept: 5, gone: 5 }));
  await trigger(dataSource, `IF OLD.name = 'kept' THEN RAISE EXCEPTION 'stays'; END IF;`, {
    on: 'DELETE',
  });
  const removal = batch(2, { kept: -5, gone: -5 }, ['kept', 'gone']);
  expect(await store.apply(0, removal)).toMatchObject({
    status: 'applied',
    values: new Map([
      ['kept', '0'],
      ['gone', '0'],
    ]),
    refused: [],
    unremoved: [{ error: 'stays', names: ['kept'] }],
  });
  expect(await rows(dataSource)).toEqual([['kept', '0']]);
});
