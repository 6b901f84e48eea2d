import type { DataSource } from 'typeorm';
import { InvalidOptionsError } from '../../errors.js';
import { mysql } from '../mysql/mysql-dialect.js';
import { postgres } from '../postgres/postgres-dialect.js';
import type { SqlDialect } from './sql-dialect.js';

const DIALECTS: Readonly<Record<string, SqlDialect>> = { postgres, mysql, mariadb: mysql };

export function findDialect(dataSource: DataSource): SqlDialect {
  const { type } = dataSource.options;
  const dialect = DIALECTS[type];
  if (dialect === undefined) {
    throw new InvalidOptionsError(
      `The TypeORM data source is of type "${type}"; counters can be kept in ${Object.keys(DIALECTS).join(', ')}`,
    );
  }
  return dialect;
}
