import { Column, DataSource, type DataSourceOptions, Entity } from 'typeorm';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { Counter, fastCounterEntities, InvalidOptionsError } from '../../lib/index.js';
import { namespacesOf } from '../../lib/database/namespaces.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { createDatabase } from '../support/servers/postgres.js';

/** As `initialize()` makes it, but for a server. */
async function described(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = new DataSource(options);
  await (dataSource as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
  return dataSource;
}

const columnsOf = (dataSource: DataSource): Record<string, unknown[]> =>
  Object.fromEntries(
    dataSource
      .getMetadata(Counter)
      .columns.map(({ propertyName, type, collation, charset, precision }) => [
        propertyName,
        [type, collation ?? charset ?? precision].filter((it) => it !== undefined),
      ]),
  );

const postgres = async (): Promise<DataSource> => {
  const url = await createDatabase(inject('databaseUrl'));
  const dataSource = new DataSource({
    ...({ type: 'postgres', url, synchronize: true } as const),
    entities: fastCounterEntities,
  });
  onTestFinished(() => dataSource.destroy());
  return dataSource.initialize();
};

const ofPostgres = {
  namespace: ['varchar', 'C'],
  name: ['varchar', 'C'],
  value: ['bigint'],
  createdAt: ['timestamp with time zone', 3],
  updatedAt: ['timestamp with time zone', 3],
};
const ofMysql = (collation: string) => ({
  namespace: ['varchar', collation],
  name: ['varchar', collation],
  value: ['bigint'],
  createdAt: ['datetime', 3],
  updatedAt: ['datetime', 3],
});

test('data sources of several kinds in one process have the entities, each with its types', async () => {
  const first = await postgres();
  const entities = fastCounterEntities;
  const mysql = await described({ type: 'mysql', database: 'any', entities });
  const mariadb = await described({ type: 'mariadb', database: 'any', entities });
  const sqlite = await described({ type: 'sqljs', entities });
  const second = await postgres();
  for (const dataSource of [first, second]) {
    expect(columnsOf(dataSource)).toEqual(ofPostgres);
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries).toEqual([]);
  }
  // without a server, by its type
  expect(columnsOf(mysql)).toEqual(ofMysql('utf8mb4_0900_bin'));
  expect(columnsOf(mariadb)).toEqual(ofMysql('utf8mb4_nopad_bin'));
  expect(columnsOf(sqlite)).toEqual({
    ...{ namespace: ['varchar'], name: ['varchar'], value: ['bigint'] },
    ...{ createdAt: ['datetime'], updatedAt: ['datetime'] },
  });
});

@Entity({ name: 'extended_counter' })
class Extended extends Counter {
  @Column({ type: 'date', nullable: true })
  seen?: Date;

  @Column({ type: 'varchar', length: 9, collation: 'POSIX' })
  kind!: string;
}

test('columns that an entity of the application adds are left as they are', async () => {
  const url = await createDatabase(inject('databaseUrl'));
  const entities = [...fastCounterEntities, Extended];
  const dataSource = new DataSource({ type: 'postgres', url, entities, synchronize: true });
  onTestFinished(() => dataSource.destroy());
  await dataSource.initialize();
  const types = dataSource
    .getMetadata(Extended)
    .columns.map(({ propertyName, type, collation }) => [propertyName, collation ?? type]);
  expect(Object.fromEntries(types)).toMatchObject({
    ...{ name: 'C', createdAt: 'timestamp with time zone' },
    ...{ seen: 'date', kind: 'POSIX' },
  });
});

test('fake timers do not change what a time is', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  expect(columnsOf(await postgres())).toEqual(ofPostgres);
});

test('a data source of a kind that is not supported is refused in our words, not in those of TypeORM', async () => {
  const other = await described({
    ...({ type: 'cockroachdb', timeTravelQueries: false } as const),
    ...{ database: 'any', entities: fastCounterEntities },
  });
  const open = () => new SqlCounterStore(other, namespacesOf('a'));
  expect(open).toThrow(InvalidOptionsError);
  expect(open).toThrow(
    'of type "cockroachdb"; counters can be kept in postgres, mysql, mariadb, better-sqlite3, sqljs',
  );
});

test('a TypeORM that does not ask the entities for their types is refused', async () => {
  const url = await createDatabase(inject('databaseUrl'));
  const asked = Object.getOwnPropertyDescriptor(Counter, 'hasId');
  // what TypeORM knows such entities by
  Reflect.deleteProperty(Counter, 'hasId');
  onTestFinished(() => {
    if (asked !== undefined) Object.defineProperty(Counter, 'hasId', asked);
  });
  const dataSource = new DataSource({ type: 'postgres', url, entities: fastCounterEntities });
  await dataSource.initialize();
  onTestFinished(() => dataSource.destroy());
  expect(() => new SqlCounterStore(dataSource, namespacesOf('a'))).toThrow(
    /did not set the types of the entity Counter .*\(column "created_at"\)/,
  );
});
