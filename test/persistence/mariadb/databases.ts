import mysql from 'mysql2/promise';
import { DataSource } from 'typeorm';
import { inject, onTestFinished } from 'vitest';
import { SqlCounterStore } from '../../../lib/database/sql/sql-counter-store.js';
import { fastCounterEntities, upFastCounter } from '../../../lib/index.js';
import { createMariadbDatabase } from '../../support/servers/mariadb.js';
import { NAMESPACES, withRunner } from '../databases.js';

export { batch, NAMESPACES, withRunner } from '../databases.js';

type Settings = Readonly<Record<string, unknown>>;

/** With a clause of `CREATE DATABASE`, for its collation. */
export const emptyDatabase = (clause?: string): Promise<string> =>
  createMariadbDatabase(inject('mariadbUrl'), undefined, clause);

/** A data source of its own with its own connections, closed when the test ends. */
export async function connect(url: string, settings: Settings = {}): Promise<DataSource> {
  const options = {
    type: 'mariadb',
    url,
    entities: fastCounterEntities,
    timezone: 'Z',
    ...settings,
  };
  const dataSource = await new DataSource(
    options as ConstructorParameters<typeof DataSource>[0],
  ).initialize();
  onTestFinished(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  return dataSource;
}

/** A client beside those of the stores. */
export async function open(url: string): Promise<mysql.Connection> {
  const client = await mysql.createConnection({ uri: url, multipleStatements: true });
  onTestFinished(() => client.end());
  return client;
}

/** Several stores of one namespace on one fresh database, each with connections of its own. */
export async function stores(
  count: number,
  { url, ...settings }: Settings & { url?: string } = {},
): Promise<{ stores: SqlCounterStore[]; dataSource: DataSource; url: string }> {
  const where = url ?? (await emptyDatabase());
  const dataSource = await connect(where, settings);
  await withRunner(dataSource, (runner) => upFastCounter(runner));
  const others = Array.from({ length: count - 1 }, () => connect(where, settings));
  const sources = [dataSource, ...(await Promise.all(others))];
  return {
    stores: sources.map((source) => new SqlCounterStore(source, NAMESPACES)),
    dataSource,
    url: where,
  };
}

export async function single(settings: Settings & { url?: string } = {}) {
  const { stores: made, dataSource, url } = await stores(1, settings);
  const [store] = made;
  if (store === undefined) throw new Error('no store');
  return { store, dataSource, url };
}

export async function rows(dataSource: DataSource): Promise<[string, string][]> {
  const found = await dataSource.query<{ name: string; value: string }[]>(
    'SELECT name, CAST(value AS CHAR) AS value FROM fast_counter WHERE namespace = ? ORDER BY name',
    [NAMESPACES.counters],
  );
  return found.map(({ name, value }) => [name, value]);
}

export async function ledger(
  dataSource: DataSource,
  partition = 0,
): Promise<{ seq: string; nonce: string; left_out: string } | undefined> {
  const [found] = await dataSource.query<{ seq: string; nonce: string; left_out: string }[]>(
    'SELECT CAST(seq AS CHAR) AS seq, nonce, left_out FROM fast_counter_ledger WHERE namespace = ? AND `partition` = ?',
    [NAMESPACES.ledger, partition],
  );
  return found;
}
