import { readFile } from 'node:fs/promises';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { describe, expect, test } from 'vitest';
import {
  downFastCounter,
  fastCounterMigrations,
  InvalidArgumentError,
  upFastCounter,
} from '../../lib/index.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { OwnNames } from '../support/crowded-orm.js';
import { batch, connect, emptyDatabase, withRunner } from './databases.js';
import { tablesOf } from '../support/tables.js';

async function tables(dataSource: DataSource): Promise<string[]> {
  const found = await dataSource.query<{ name: string }[]>(
    `SELECT schemaname || '.' || tablename AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  return found.map(({ name }) => name);
}

/** What TypeORM would change to make the tables those of the entities. */
async function differences(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

const DEFAULT_TABLES = tablesOf('public.fast_counter');

describe('fastCounterMigrations', () => {
  test('make the tables, are undone, and stand beside a migration of the application', async () => {
    const url = await emptyDatabase();
    class AddCounters1700000000000 implements MigrationInterface {
      up = (runner: QueryRunner) => upFastCounter(runner);
      down = () => Promise.resolve();
    }
    const migrations = [AddCounters1700000000000, ...fastCounterMigrations];
    const dataSource = await connect(url, { migrations });
    const ran = await dataSource.runMigrations();
    expect(ran.map(({ name }) => name)).toEqual([
      'AddCounters1700000000000',
      'FastCounterVersion1764201600000',
      'FastCounterVersion21795651200000',
    ]);
    expect(await differences(dataSource)).toEqual([]);
    expect(await dataSource.runMigrations()).toEqual([]);
    await dataSource.undoLastMigration();
    const former = tablesOf('public.fast_counter', 1);
    expect(await tables(dataSource)).toEqual([...former, 'public.migrations']);
    await dataSource.undoLastMigration();
    expect(await tables(dataSource)).toEqual(['public.migrations']);
  });
});

describe('upFastCounter() and downFastCounter()', () => {
  test('create the tables, and remove them', async () => {
    const dataSource = await connect(await emptyDatabase());
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await tables(dataSource)).toEqual(DEFAULT_TABLES);
    await withRunner(dataSource, (runner) => downFastCounter(runner));
    expect(await tables(dataSource)).toEqual([]);
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

  test('make the very schema of the entities', async () => {
    const dataSource = await connect(await emptyDatabase());
    expect(await differences(dataSource)).not.toEqual([]);
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await differences(dataSource)).toEqual([]);
  });

  test.each(['without a transaction', 'in transactions', 'in transactions of one snapshot'])(
    'may be called by many processes at once, %s',
    async (how) => {
      const url = await emptyDatabase();
      const sources = await Promise.all(Array.from({ length: 5 }, () => connect(url)));
      const level = how.endsWith('snapshot') ? 'REPEATABLE READ' : undefined;
      const call = (dataSource: DataSource, run: (runner: QueryRunner) => Promise<void>) =>
        withRunner(dataSource, async (runner) => {
          if (how === 'without a transaction') return run(runner);
          await runner.startTransaction(level);
          await runner.query('SELECT count(*) FROM pg_class');
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

  test('leave the schema builder the index by value, which docs/getting-started.md names', async () => {
    const guide = new URL('../../docs/getting-started.md', import.meta.url);
    const [statement = ''] = /CREATE INDEX [^']+/.exec(await readFile(guide, 'utf8')) ?? [];
    const dataSource = await connect(await emptyDatabase());
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    await dataSource.query(statement);
    expect(await differences(dataSource)).toEqual([]);
    await dataSource.synchronize();
    const found = await dataSource.query<unknown[]>(
      `SELECT FROM pg_indexes WHERE indexname = 'fast_counter_by_value'`,
    );
    expect(found).toHaveLength(1);
  });

  test('come to a version', async () => {
    const dataSource = await connect(await emptyDatabase());
    await withRunner(dataSource, async (runner) => {
      await upFastCounter(runner, { version: 0 });
      expect(await tables(dataSource)).toEqual([]);
      await upFastCounter(runner, { version: 1 });
      const former = tablesOf('public.fast_counter', 1);
      expect(await tables(dataSource)).toEqual(former);
      await upFastCounter(runner, { version: 2 });
      expect(await tables(dataSource)).toEqual(DEFAULT_TABLES);
      await downFastCounter(runner, { version: 1 });
      expect(await tables(dataSource)).toEqual(former);
    });
  });

  test.each([-1, 0.5, 99, NaN, '1', null])('refuse the version %o', async (version) => {
    const dataSource = await connect(await emptyDatabase());
    await withRunner(dataSource, async (runner) => {
      const options = { version: version as number };
      await expect(upFastCounter(runner, options)).rejects.toThrow(InvalidArgumentError);
      await expect(downFastCounter(runner, options)).rejects.toThrow(InvalidArgumentError);
    });
    expect(await tables(dataSource)).toEqual([]);
  });

  test.each([{ versoin: 1 }, { version: undefined }, [], null, new Date(0), 1])(
    'refuse the options %o, and change nothing',
    async (given) => {
      const dataSource = await connect(await emptyDatabase());
      await withRunner(dataSource, async (runner) => {
        const options = given as object;
        await expect(upFastCounter(runner, options)).rejects.toThrow(InvalidArgumentError);
        expect(await tables(dataSource)).toEqual([]);
        await upFastCounter(runner);
        await expect(downFastCounter(runner, options)).rejects.toThrow(InvalidArgumentError);
      });
      expect(await tables(dataSource)).toEqual(DEFAULT_TABLES);
    },
  );

  test("work in a user's own migration, which is undone with its transaction", async () => {
    class AddCounters1700000000000 implements MigrationInterface {
      up(runner: QueryRunner): Promise<void> {
        return upFastCounter(runner, { version: 2 });
      }
      down(runner: QueryRunner): Promise<void> {
        return downFastCounter(runner);
      }
    }
    class Fail1700000000001 implements MigrationInterface {
      up(): Promise<void> {
        return Promise.reject(new Error('a later migration failed'));
      }
      down(): Promise<void> {
        return Promise.resolve();
      }
    }
    const url = await emptyDatabase();
    const failing = await connect(url, {
      migrations: [AddCounters1700000000000, Fail1700000000001],
    });
    await expect(failing.runMigrations()).rejects.toThrow('a later migration failed');
    expect(await tables(failing)).not.toContain('public.fast_counter');

    const dataSource = await connect(url, { migrations: [AddCounters1700000000000] });
    await dataSource.runMigrations();
    expect(await tables(dataSource)).toEqual([...DEFAULT_TABLES, 'public.migrations']);
    await dataSource.undoLastMigration();
    expect(await tables(dataSource)).toEqual(['public.migrations']);
  });

  describe.each([
    ['an entityPrefix', { entityPrefix: 'app_' }, 'public.app_fast_counter'],
    ['a schema', { schema: 'counting' }, 'counting.fast_counter'],
    ['both', { schema: 'counting', entityPrefix: 'app_' }, 'counting.app_fast_counter'],
    ['a schema to be escaped', { schema: 'My Schema' }, 'My Schema.fast_counter'],
    [
      'a strategy that renames everything',
      { schema: 'counting', entityPrefix: 'app_', namingStrategy: new OwnNames() },
      'counting.app_Our fast_counter',
    ],
  ])('with %s', (_case, settings, table) => {
    const prepared = async (): Promise<string> => {
      const url = await emptyDatabase();
      const plain = await connect(url);
      await plain.query('CREATE SCHEMA counting; CREATE SCHEMA "My Schema"');
      return url;
    };

    test('the tables are where the data source looks for them, and counts work there', async () => {
      const dataSource = await connect(await prepared(), settings);
      await withRunner(dataSource, (runner) => upFastCounter(runner));
      expect(await tables(dataSource)).toEqual(tablesOf(table));
      expect(await differences(dataSource)).toEqual([]);
      const store = new SqlCounterStore(dataSource, { counters: 'a', ledger: 'a' });
      const applied = await store.apply(2, batch(1, { a: 5, b: 0 }, ['b']));
      expect(applied).toMatchObject({ status: 'applied' });
      expect((await store.read(['a'], [2])).values.get('a')).toBe('5');
      expect(await store.seed(2, ({ seq }) => Promise.resolve(`above-${seq}`))).toBe('above-1');
      const query = { order: 'value', direction: 'asc', limit: 5 } as const;
      expect(await store.list(query)).toMatchObject([{ name: 'a', value: 5n }]);
      await withRunner(dataSource, (runner) => downFastCounter(runner));
      expect(await tables(dataSource)).toEqual([]);
    });

    test('the schema builder makes the same tables, and then has nothing to do', async () => {
      const dataSource = await connect(await prepared(), settings);
      await dataSource.synchronize();
      expect(await tables(dataSource)).toEqual(tablesOf(table));
      expect(await differences(dataSource)).toEqual([]);
      await withRunner(dataSource, (runner) => upFastCounter(runner));
      expect(await differences(dataSource)).toEqual([]);
    });

    test('a migration of a data source without the entities makes the same tables', async () => {
      const url = await prepared();
      const migrating = await connect(url, { ...settings, entities: [] });
      await withRunner(migrating, (runner) => upFastCounter(runner));
      const dataSource = await connect(url, settings);
      expect(await tables(dataSource)).toEqual(tablesOf(table));
      expect(await differences(dataSource)).toEqual([]);
      await withRunner(migrating, (runner) => downFastCounter(runner));
      expect(await tables(dataSource)).toEqual([]);
    });
  });
});
