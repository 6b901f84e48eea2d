import type { DataSource } from 'typeorm';
import type { CounterStore } from './counter-store.js';
import type { Namespaces } from './namespaces.js';
import { SqlCounterStore } from './sql/sql-counter-store.js';
import { isSqlite } from './sqlite/drivers/kinds.js';
import { SqliteCounterStore } from './sqlite/sqlite-counter-store.js';

export type { DataSource };

/**
 * The store for the database that a data source is connected to. A call without an answer is given up after `timeout`
 * milliseconds. Throws `InvalidOptionsError` where counts cannot be kept there.
 */
export function openCounterStore(
  dataSource: DataSource,
  namespaces: Namespaces,
  timeout?: number,
): CounterStore {
  return isSqlite(dataSource)
    ? new SqliteCounterStore(dataSource, namespaces, timeout)
    : new SqlCounterStore(dataSource, namespaces, timeout);
}
