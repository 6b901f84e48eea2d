import type { DataSource } from 'typeorm';
import { columns, tableName } from '../dialects/table-names.js';
import { CounterBucket } from '../entities/counter-bucket.entity.js';
import { CounterUsage } from '../entities/counter-usage.entity.js';
import { isSqlite } from '../sqlite/drivers/kinds.js';
import { inMysql } from './mysql.js';
import type { NameParts } from './name-parts.js';
import { inPostgres } from './postgres.js';
import { inSqlite } from './sqlite.js';

/** Without functions of its own: to make these takes rights that a migration may lack, and their schema would have to be found. */
export function usageView(dataSource: DataSource): string {
  const parts = partsOf(dataSource);
  const of = { dataSource };
  const v = columns(of, CounterUsage);
  const b = columns(of, CounterBucket);
  const kept = (column: string): string => `kept.${column}`;
  const name = kept(b.name);
  const selected: [string, string][] = [
    [kept(b.namespace), v.namespace],
    [name, v.counter],
    [`CASE WHEN ${parts.metered(name)} THEN ${parts.base(name)} ELSE ${name} END`, v.name],
    [
      `CASE WHEN ${parts.metered(name)} THEN ${parts.dimensions(name)} ELSE ${parts.none} END`,
      v.dimensions,
    ],
    [kept(b.window), v.window],
    [kept(b.startsAt), v.startsAt],
    [kept(b.value), v.value],
    [kept(b.updatedAt), v.updatedAt],
  ];
  const list = selected.map(([expression, column]) => `${expression} AS ${column}`).join(',\n');
  return `CREATE ${parts.create} ${tableName(of, CounterUsage)} AS
SELECT ${list}
  FROM ${tableName(of, CounterBucket)} AS kept`;
}

function partsOf(dataSource: DataSource): NameParts {
  if (dataSource.options.type === 'postgres') return inPostgres;
  return isSqlite(dataSource) ? inSqlite : inMysql;
}
