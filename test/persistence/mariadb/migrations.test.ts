import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { SqlCounterStore } from '../../../lib/database/sql/sql-counter-store.js';
import { downFastCounter, upFastCounter } from '../../../lib/index.js';
import { OwnNames } from '../../support/crowded-orm.js';
import { batch, connect, emptyDatabase, open, withRunner } from './databases.js';
import { tablesOf } from '../../support/tables.js';

async function tables(dataSource: DataSource): Promise<string[]> {
  const found = await dataSource.query<{ name: string }[]>(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  return found.map(({ name }) => name);
}

/** What TypeORM would change to make the tables those of the entities. */
async function differences(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

const DEFAULT_TABLES = tablesOf();

const DEFAULTS = [
  ['latin1', 'CHARACTER SET latin1 COLLATE latin1_swedish_ci'],
  ['utf8mb4 without case and accents', 'CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'],
  ['utf8mb3', 'CHARACTER SET utf8mb3'],
] as const;

describe('upFastCounter() and downFastCounter() on MariaDB', () => {
  test.each(DEFAULTS)(
    'make the very schema of the entities, and remove it, where the default is %s',
    async (_, clause) => {
      const dataSource = await connect(await emptyDatabase(clause));
      expect(await differences(dataSource)).not.toEqual([]);
      await withRunner(dataSource, (runner) => upFastCounter(runner));
      expect(await tables(dataSource)).toEqual(DEFAULT_TABLES);
      expect(await differences(dataSource)).toEqual([]);
      await withRunner(dataSource, (runner) => downFastCounter(runner));
      expect(await tables(dataSource)).toEqual([]);
    },
  );

  test('make what the schema builder makes, which then has nothing to do', async () => {
    const dataSource = await connect(await emptyDatabase('CHARACTER SET latin1'));
    await dataSource.synchronize();
    expect(await tables(dataSource)).toEqual(DEFAULT_TABLES);
    expect(await differences(dataSource)).toEqual([]);
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await differences(dataSource)).toEqual([]);
  });

  test('take a data source of the type mysql for what its server is', async () => {
    const dataSource = await connect(await emptyDatabase(), { type: 'mysql' });
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await differences(dataSource)).toEqual([]);
    const store = new SqlCounterStore(dataSource, { counters: 'a', ledger: 'a' });
    expect(await store.inspect([])).toEqual([]);
    expect(await store.apply(0, batch(1, { 'a ': 1, a: 2 }))).toMatchObject({ status: 'applied' });
    expect((await store.read(['a ', 'a'], [])).values.size).toBe(2);
  });

  test('may be repeated, and keep the counts when they are', async () => {
    const dataSource = await connect(await emptyDatabase());
    await withRunner(dataSource, async (runner) => {
      await downFastCounter(runner);
      await upFastCounter(runner);
    });
    const store = new SqlCounterStore(dataSource, { counters: 'a', ledger: 'a' });
    await store.apply(0, batch(1, { kept: 3 }));
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect((await store.read(['kept'], [0])).values.get('kept')).toBe('3');
    await withRunner(dataSource, async (runner) => {
      await downFastCounter(runner);
      await downFastCounter(runner);
      await upFastCounter(runner);
    });
    expect((await store.read(['kept'], [0])).values.size).toBe(0);
  });

  test.each(['without a transaction', 'in transactions'])(
    'may be called by many processes at once, %s',
    async (how) => {
      const url = await emptyDatabase();
      const sources = await Promise.all(Array.from({ length: 5 }, () => connect(url)));
      const call = (dataSource: DataSource, run: (runner: QueryRunner) => Promise<void>) =>
        withRunner(dataSource, async (runner) => {
          if (how === 'without a transaction') return run(runner);
          await runner.startTransaction();
          await run(runner);
          await runner.commitTransaction();
        });
      await Promise.all(sources.map((source) => call(source, upFastCounter)));
      const [first] = sources as [DataSource];
      expect(await tables(first)).toEqual(DEFAULT_TABLES);
      expect(await differences(first)).toEqual([]);
      await Promise.all(sources.map((source) => call(source, downFastCounter)));
      expect(await tables(first)).toEqual([]);
    },
  );

  test('leave no lock behind, also where they fail', async () => {
    const url = await emptyDatabase();
    const dataSource = await connect(url);
    const failing = await connect(url);
    await withRunner(failing, async (runner) => {
      runner.createTable = () => Promise.reject(new Error('no space left'));
      await expect(upFastCounter(runner)).rejects.toThrow('no space left');
      // on the same connection, which still lives
      await withRunner(dataSource, (other) => upFastCounter(other));
    });
    expect(await tables(dataSource)).toEqual(DEFAULT_TABLES);
  });

  test("work in a user's own migrations", async () => {
    class AddCounters1700000000000 implements MigrationInterface {
      up(runner: QueryRunner): Promise<void> {
        return upFastCounter(runner, { version: 2 });
      }
      down(runner: QueryRunner): Promise<void> {
        return downFastCounter(runner);
      }
    }
    const dataSource = await connect(await emptyDatabase(), {
      migrations: [AddCounters1700000000000],
    });
    await dataSource.runMigrations();
    expect(await tables(dataSource)).toEqual([...DEFAULT_TABLES, 'migrations']);
    await dataSource.undoLastMigration();
    expect(await tables(dataSource)).toEqual(['migrations']);
  });

  test.each([
    ['an entityPrefix', { entityPrefix: 'app_' }, 'app_fast_counter'],
    [
      'a strategy that renames everything',
      { entityPrefix: 'app_', namingStrategy: new OwnNames() },
      'app_Our fast_counter',
    ],
  ])('with %s make tables where the data source looks for them', async (_, settings, table) => {
    const url = await emptyDatabase();
    // as a migration's data source may be
    const migrating = await connect(url, { ...settings, entities: [] });
    await withRunner(migrating, (runner) => upFastCounter(runner));
    const dataSource = await connect(url, settings);
    expect(await tables(dataSource)).toEqual(tablesOf(table));
    expect(await differences(dataSource)).toEqual([]);
    const store = new SqlCounterStore(dataSource, { counters: 'a', ledger: 'a' });
    expect(await store.inspect([])).toEqual([]);
    const applied = await store.apply(2, batch(1, { a: 5, b: 0 }, ['b']));
    expect(applied).toMatchObject({ status: 'applied' });
    expect((await store.read(['a'], [2])).values.get('a')).toBe('5');
    const query = { order: 'value', direction: 'asc', limit: 5 } as const;
    expect(await store.list(query)).toMatchObject([{ name: 'a', value: 5n }]);
    await withRunner(migrating, (runner) => downFastCounter(runner));
    expect(await tables(dataSource)).toEqual([]);
  });

  test('leave the schema builder the index by value', async () => {
    const dataSource = await connect(await emptyDatabase());
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    await dataSource.query(
      'CREATE INDEX fast_counter_by_value ON fast_counter (namespace, value, name)',
    );
    expect(await differences(dataSource)).toEqual([]);
    const found = await (
      await open((dataSource.options as { url: string }).url)
    ).query('SHOW INDEX FROM fast_counter WHERE Key_name = "fast_counter_by_value"');
    expect(found[0]).toHaveLength(3);
  });
});

const NAMES = [
  'A',
  'B',
  'a',
  'b',
  'ß',
  'ss',
  'á',
  'ﬀ',
  'ff',
  '0',
  '_',
  'a ',
  'a  ',
  'a b',
  'a-b',
  '😀',
];
const byBytes = (one: string, other: string): number =>
  Buffer.compare(Buffer.from(one), Buffer.from(other));

test.each(DEFAULTS)(
  'names are told apart and ordered byte for byte, where the default is %s',
  async (_, clause) => {
    const dataSource = await connect(await emptyDatabase(clause));
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    const store = new SqlCounterStore(dataSource, { counters: 'a', ledger: 'a' });
    const deltas = Object.fromEntries(NAMES.map((name, index) => [name, index + 1]));
    await store.apply(0, batch(1, deltas));
    await store.apply(0, batch(2, { a: 100 }));
    const value = (name: string) => String((deltas[name] ?? 0) + (name === 'a' ? 100 : 0));
    const { values } = await store.read(NAMES, []);
    expect(values).toEqual(new Map(NAMES.map((name) => [name, value(name)])));
    const listed = await store.list({ order: 'name', direction: 'asc', limit: 100 });
    expect(listed.map(({ name }) => name)).toEqual(NAMES.toSorted(byBytes));
    await store.apply(0, batch(3, { A: -1 }, ['A']));
    expect((await store.read(['A', 'a'], [])).values).toEqual(new Map([['a', value('a')]]));
  },
);

test('a ledger has room for a whole batch of long names that were left out', async () => {
  const dataSource = await connect(await emptyDatabase('CHARACTER SET latin1'));
  await withRunner(dataSource, (runner) => upFastCounter(runner));
  const store = new SqlCounterStore(dataSource, { counters: 'a', ledger: 'a' });
  const names = Array.from({ length: 500 }, (_, index) => `${'😀'.repeat(188)}${index}`);
  const full = Object.fromEntries(names.map((name) => [name, 2n ** 63n - 1n]));
  expect(await store.apply(0, batch(1, full))).toMatchObject({ leftOut: [] });
  const over = batch(2, Object.fromEntries(names.map((name) => [name, 1])));
  for (const status of ['applied', 'repeated']) {
    expect(await store.apply(0, over)).toMatchObject({ status, leftOut: names });
  }
});
