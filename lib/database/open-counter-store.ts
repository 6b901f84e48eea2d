import type { DataSource } from 'typeorm';
import type { OwnColumn } from './columns/own-column.js';
import type { CounterStore } from './counter-store.js';
import type { Namespaces } from './namespaces.js';
import type { BesideBatches } from './persisted/beside-batches.js';
import { SqlCounterStore } from './sql/sql-counter-store.js';
import { isSqlite } from './sqlite/drivers/kinds.js';
import { SqliteCounterStore } from './sqlite/sqlite-counter-store.js';

export type { DataSource };

/**
 * The store for the database that a data source is connected to. A call without an answer is given up after `timeout`
 * milliseconds. What is added to counters is also added to `columns`, and in its transaction is done what is to be done
 * `beside` it. Throws `InvalidOptionsError` where counts cannot be kept
 * there, or columns not be added to.
 */
export function openCounterStore(
  dataSource: DataSource,
  namespaces: Namespaces,
  timeout?: number,
  columns?: readonly OwnColumn[],
  beside?: BesideBatches,
): CounterStore {
  return isSqlite(dataSource)
    ? new SqliteCounterStore(dataSource, namespaces, timeout, columns, beside)
    : new SqlCounterStore(dataSource, namespaces, timeout, columns, beside);
}
