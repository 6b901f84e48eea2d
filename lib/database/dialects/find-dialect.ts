import type { DataSource } from 'typeorm';
import { InvalidOptionsError } from '../../errors.js';
import { mysql } from '../mysql/mysql-dialect.js';
import { postgres } from '../postgres/postgres-dialect.js';
import { isOtherSqlite, isSqlite, SQLITE_KINDS } from '../sqlite/drivers/kinds.js';
import { sqliteMigrations } from '../sqlite/migrations.js';
import type { MigrationDialect, SqlDialect } from './sql-dialect.js';

const DIALECTS: Readonly<Record<string, SqlDialect>> = { postgres, mysql, mariadb: mysql };
const KINDS = [...Object.keys(DIALECTS), ...SQLITE_KINDS].join(', ');

export function findDialect(dataSource: DataSource): SqlDialect {
  const { type } = dataSource.options;
  const dialect = DIALECTS[type];
  if (dialect !== undefined) return dialect;
  const why = isOtherSqlite(dataSource)
    ? ' On SQLite, counts are written by synchronous calls, which better-sqlite3 and sql.js have: use one of these two drivers'
    : '';
  throw new InvalidOptionsError(
    `The TypeORM data source is of type "${type}"; counters can be kept in ${KINDS}${why === '' ? '' : `.${why}`}`,
  );
}

export const findMigrationDialect = (dataSource: DataSource): MigrationDialect =>
  isSqlite(dataSource) ? sqliteMigrations : findDialect(dataSource);
