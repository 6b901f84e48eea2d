import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { describe, expect, test } from 'vitest';
import {
  downFastCounter,
  fastCounterMigrations,
  joinMisplacedBuckets,
  upFastCounter,
} from '../../../lib/index.js';
import { SqliteCounterStore } from '../../../lib/database/sqlite/sqlite-counter-store.js';
import { bucketName, bucketSuffix } from '../../../lib/words/bucket-name.js';
import { OwnNames } from '../../support/crowded-orm.js';
import { ownSqlite, SQLITE_KINDS } from '../../support/sqlite.js';
import { batch, NAMESPACES, rows, single, storeOn, withRunner } from './databases.js';
import { tablesOf } from '../../support/tables.js';

async function tables(dataSource: DataSource): Promise<string[]> {
  const found = await dataSource.query<{ name: string }[]>(
    `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`,
  );
  return found.map(({ name }) => name);
}

/** What TypeORM would change to make the tables those of the entities. */
async function differences(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

const DEFAULT_TABLES = tablesOf();
const EMPTY = { tables: false };

describe.each(SQLITE_KINDS)('upFastCounter() and downFastCounter() on SQLite, by %s', (kind) => {
  test.each(['without a transaction', 'in a transaction'])(
    'make the very schema of the entities, and remove it, %s',
    async (how) => {
      const dataSource = await ownSqlite(kind, EMPTY);
      const call = (run: (runner: QueryRunner) => Promise<void>) =>
        withRunner(dataSource, async (runner) => {
          if (how === 'without a transaction') return run(runner);
          await runner.startTransaction();
          await run(runner);
          await runner.commitTransaction();
        });
      expect(await differences(dataSource)).not.toEqual([]);
      await call(upFastCounter);
      expect(await tables(dataSource)).toEqual(DEFAULT_TABLES);
      expect(await differences(dataSource)).toEqual([]);
      await call(downFastCounter);
      expect(await tables(dataSource)).toEqual([]);
    },
  );

  test('make what the schema builder makes, which then has nothing to do', async () => {
    const dataSource = await ownSqlite(kind, EMPTY);
    await dataSource.synchronize();
    expect(await tables(dataSource)).toEqual(DEFAULT_TABLES);
    expect(await differences(dataSource)).toEqual([]);
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await differences(dataSource)).toEqual([]);
    expect(await storeOn(dataSource).inspect([])).toEqual([]);
  });

  test('may be repeated, and keep the counts when they are', async () => {
    const { store, dataSource } = await single(kind);
    await store.apply(0, batch(1, { kept: 3 }));
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await rows(dataSource)).toEqual([['kept', '3']]);
    await withRunner(dataSource, async (runner) => {
      await downFastCounter(runner);
      await downFastCounter(runner);
      await upFastCounter(runner);
    });
    expect(await rows(dataSource)).toEqual([]);
  });

  test('leave nothing behind where they fail', async () => {
    const dataSource = await ownSqlite(kind, EMPTY);
    await withRunner(dataSource, async (runner) => {
      const createTable = runner.createTable.bind(runner);
      let made = 0;
      runner.createTable = (...given) =>
        ++made === 3 ? Promise.reject(new Error('enough')) : createTable(...given);
      await expect(upFastCounter(runner)).rejects.toThrow('enough');
      runner.createTable = createTable;
    });
    expect(await tables(dataSource)).toEqual([]);
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await tables(dataSource)).toEqual(DEFAULT_TABLES);
  });

  test("work in a user's own migrations, and in the list of a data source", async () => {
    class AddCounters1700000000000 implements MigrationInterface {
      up(runner: QueryRunner): Promise<void> {
        return upFastCounter(runner, { version: 2 });
      }
      down(runner: QueryRunner): Promise<void> {
        return downFastCounter(runner);
      }
    }
    for (const migrations of [[AddCounters1700000000000], [...fastCounterMigrations]]) {
      const dataSource = await ownSqlite(kind, { ...EMPTY, migrations });
      await dataSource.runMigrations();
      expect(await tables(dataSource)).toEqual(expect.arrayContaining(DEFAULT_TABLES));
      while ((await tables(dataSource)).includes('fast_counter'))
        await dataSource.undoLastMigration();
      expect(await tables(dataSource)).toEqual(
        expect.not.arrayContaining(['fast_counter']) as string[],
      );
    }
  });

  test.each([
    ['an entityPrefix', { entityPrefix: 'app_' }, 'app_fast_counter'],
    [
      'a strategy that renames everything',
      { entityPrefix: 'app_', namingStrategy: new OwnNames() },
      'app_Our fast_counter',
    ],
  ])('with %s make tables where the data source looks for them', async (_, settings, table) => {
    const dataSource = await ownSqlite(kind, { ...EMPTY, ...settings });
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await tables(dataSource)).toEqual(tablesOf(table));
    expect(await differences(dataSource)).toEqual([]);
    const store = storeOn(dataSource);
    expect(await store.inspect([])).toEqual([]);
    const applied = await store.apply(2, batch(1, { a: 5, b: 0 }, ['b']));
    expect(applied).toMatchObject({ status: 'applied' });
    expect((await store.read(['a'], [2])).values.get('a')).toBe('5');
    const query = { order: 'value', direction: 'asc', limit: 5 } as const;
    expect(await store.list(query)).toMatchObject([{ name: 'a', value: 5n }]);
    await withRunner(dataSource, (runner) => downFastCounter(runner));
    expect(await tables(dataSource)).toEqual([]);
  });

  test('leave the schema builder the index by value', async () => {
    const { dataSource } = await single(kind);
    await dataSource.query(
      'CREATE INDEX fast_counter_by_value ON fast_counter (namespace, value, name)',
    );
    expect(await differences(dataSource)).toEqual([]);
  });
});

describe.each(SQLITE_KINDS)('joinMisplacedBuckets() on SQLite, by %s', (kind) => {
  test('joins rows that begin where no window does, but for sums that leave the range', async () => {
    const { store, dataSource } = await single(kind);
    // as version 0.1.0 split a day in which the clock is put back at midnight
    const [right, wrong] = [Date.UTC(2026, 9, 25, 0), Date.UTC(2026, 9, 25, 1)];
    const of = (name: string, start: number) =>
      bucketName(name, bucketSuffix({ window: 'day', start }));
    await store.apply(
      0,
      batch(1, {
        [of('a', right)]: 2,
        [of('a', wrong)]: 3,
        [of('b', wrong)]: 4,
        [of('full', right)]: 2n ** 63n - 1n,
        [of('full', wrong)]: 1,
      }),
    );
    const options = { namespace: NAMESPACES.counters, timeZone: 'Atlantic/Azores' };
    const looked = await joinMisplacedBuckets(dataSource, { ...options, dryRun: true });
    expect(looked.joined).toMatchObject([{ window: 'day', rows: 2 }]);
    const joined = await joinMisplacedBuckets(dataSource, options);
    expect(joined.joined).toEqual(looked.joined);
    expect(joined.refused).toMatchObject([{ name: 'full' }]);
    const { values } = await store.read([of('a', right), of('a', wrong), of('b', right)], []);
    expect([...values.values()]).toEqual(['5', '4']);
    expect((await joinMisplacedBuckets(dataSource, options)).joined).toEqual([]);
  });
});

test('two data sources of SQLite in one process are two databases', async () => {
  const [first, second] = [await ownSqlite('sqljs'), await ownSqlite('sqljs')];
  const stores = [first, second].map(
    (dataSource) => new SqliteCounterStore(dataSource, NAMESPACES),
  );
  await stores[0]?.apply(0, batch(1, { a: 1 }));
  expect(await rows(second)).toEqual([]);
  const identities = await Promise.all(stores.map((store) => store.identify()));
  expect(new Set(identities.map(({ identity }) => identity)).size).toBe(2);
});
