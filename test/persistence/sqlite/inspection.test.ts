import { describe, expect, test } from 'vitest';
import { Counter, InvalidOptionsError } from '../../../lib/index.js';
import { openCounterStore } from '../../../lib/database/open-counter-store.js';
import { ownSqlite, SQLITE_KINDS } from '../../support/sqlite.js';
import { batch, NAMESPACES, single, storeOn } from './databases.js';

const unusable = (message: RegExp) => ({
  kind: 'unusable',
  message: expect.stringMatching(message) as string,
});

describe.each(SQLITE_KINDS)('by %s', (kind) => {
  test('a database in another encoding is refused, as names have another order there', async () => {
    const dataSource = await ownSqlite(kind, { tables: false });
    await dataSource.query(`PRAGMA encoding = 'UTF-16le'`);
    await dataSource.synchronize();
    expect(await storeOn(dataSource).inspect([])).toEqual([
      unusable(/encoded in "UTF-16le".*PRAGMA encoding = 'UTF-8'/),
    ]);
  });

  test('a connection that is only for reading is refused', async () => {
    const { store, dataSource } = await single(kind);
    await dataSource.query('PRAGMA query_only = ON');
    expect(await store.inspect([])).toEqual([unusable(/only for reading.*takes no counts/)]);
    await expect(store.apply(0, batch(1, { a: 1 }))).rejects.toThrow(/readonly/);
  });

  test('tables that take names for one another are refused', async () => {
    const { store, dataSource } = await single(kind);
    await dataSource.query('DROP TABLE fast_counter');
    await dataSource.query(
      `CREATE TABLE fast_counter (namespace varchar(64), name varchar(191) COLLATE NOCASE, value bigint, created_at datetime,
         updated_at datetime, PRIMARY KEY (namespace, name))`,
    );
    expect(await store.inspect([])).toEqual([
      unusable(/"fast_counter\.name" has the collation "NOCASE"/),
    ]);
  });

  test('an older SQLite is refused', async () => {
    const { store, dataSource } = await single(kind);
    const { databaseConnection } = dataSource.driver as unknown as {
      databaseConnection: { prepare(sql: string): unknown };
    };
    const prepare = databaseConnection.prepare.bind(databaseConnection);
    databaseConnection.prepare = (sql) => prepare(sql.replace('sqlite_version()', `'3.37.2'`));
    expect(await store.inspect([])).toEqual([unusable(/SQLite "3\.37\.2": counts need 3\.38/)]);
  });

  test('a large count that an entity reads is refused, not rounded', async () => {
    const { store, dataSource } = await single(kind);
    await store.apply(0, batch(1, { small: 5, large: 2n ** 53n + 1n }));
    const repository = dataSource.getRepository(Counter);
    const small = await repository.findOneByOrFail({ name: 'small' });
    expect(small.value).toBe(5n);
    expect(Math.abs(Date.now() - small.updatedAt.getTime())).toBeLessThan(3_600_000);
    await expect(repository.findOneByOrFail({ name: 'large' })).rejects.toThrow(
      /rounded .*driver of SQLite.*bigint: true/,
    );
  });
});

test('a database of sql.js that nobody saves is warned of', async () => {
  const dataSource = await ownSqlite('sqljs', { location: '/nowhere/counts.sqlite' });
  expect(await storeOn(dataSource).inspect([])).toEqual([
    {
      kind: 'warning',
      message: expect.stringMatching(
        /location "\/nowhere\/counts.sqlite" without autoSave/,
      ) as string,
    },
  ]);
});

test.each(['sqlite', 'expo', 'capacitor', 'react-native'])(
  'SQLite by the driver %s is refused by name, with the drivers to use',
  async (type) => {
    const dataSource = await ownSqlite('sqljs');
    const other = Object.create(dataSource, { options: { value: { type } } }) as typeof dataSource;
    const open = () => openCounterStore(other, NAMESPACES);
    expect(open).toThrow(InvalidOptionsError);
    expect(open).toThrow(
      new RegExp(`of type "${type}".*synchronous calls, which better-sqlite3 and sql.js have`),
    );
  },
);
