import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from '../../../errors.js';
import { overBetterSqlite3 } from './better-sqlite3.js';
import { overSqljs } from './sqljs.js';
import type { SqliteDatabase } from '../sqlite-database.js';

const KINDS: Readonly<Record<string, (connection: unknown) => SqliteDatabase>> = {
  'better-sqlite3': overBetterSqlite3,
  sqljs: overSqljs,
};

/** Types of TypeORM that are SQLite by a driver that is not supported. */
const OTHERS: readonly string[] = [
  ...['sqlite', 'sqlite-pooled', 'capacitor', 'cordova', 'expo', 'nativescript', 'react-native'],
];

/** Types of data sources that counts are kept in, of SQLite. */
export const SQLITE_KINDS = Object.keys(KINDS);

export const isSqlite = ({ options: { type } }: DataSource): boolean => Object.hasOwn(KINDS, type);

/** Whether it is SQLite by another driver: each call of theirs takes time, in which others write on the same connection. */
export const isOtherSqlite = ({ options: { type } }: DataSource): boolean => OTHERS.includes(type);

/** Over the connection that the data source has now: another one when it is initialized again. */
export function databaseOf(dataSource: DataSource): SqliteDatabase {
  const { databaseConnection } = dataSource.driver as { databaseConnection?: unknown };
  const over = KINDS[dataSource.options.type];
  if (over === undefined || typeof databaseConnection !== 'object' || databaseConnection === null)
    throw new DatabaseUnavailableError('The TypeORM data source has no connection to SQLite');
  return over(databaseConnection);
}
