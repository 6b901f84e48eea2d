import type { DataSource } from 'typeorm';
import { SqliteCounterStore } from '../../../lib/database/sqlite/sqlite-counter-store.js';
import { ownSqlite, type SqliteKind, type SqliteSettings } from '../../support/sqlite.js';
import { NAMESPACES } from '../databases.js';

export { batch, NAMESPACES, withRunner } from '../databases.js';

/** A store on a database of its own. */
export async function single(kind: SqliteKind, settings: SqliteSettings = {}) {
  const dataSource = await ownSqlite(kind, settings);
  return { store: storeOn(dataSource), dataSource };
}

export const storeOn = (dataSource: DataSource, timeout?: number): SqliteCounterStore =>
  new SqliteCounterStore(dataSource, NAMESPACES, timeout);

export async function rows(dataSource: DataSource): Promise<[string, string][]> {
  const found = await dataSource.query<{ name: string; value: string }[]>(
    'SELECT name, CAST(value AS TEXT) AS value FROM fast_counter WHERE namespace = ? ORDER BY name',
    [NAMESPACES.counters],
  );
  return found.map(({ name, value }) => [name, value]);
}

export async function ledger(
  dataSource: DataSource,
  partition = 0,
): Promise<{ seq: string; nonce: string; left_out: string } | undefined> {
  const [found] = await dataSource.query<{ seq: string; nonce: string; left_out: string }[]>(
    'SELECT CAST(seq AS TEXT) AS seq, nonce, left_out FROM fast_counter_ledger WHERE namespace = ? AND partition = ?',
    [NAMESPACES.ledger, partition],
  );
  return found;
}
