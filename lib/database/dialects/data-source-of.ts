import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/** The data source of a manager or runner: TypeORM 0.3 calls it `connection`, version 1 `dataSource`. */
export function dataSourceOf(of: EntityManager | QueryRunner): DataSource {
  const { dataSource, connection } = of as { dataSource?: DataSource; connection?: DataSource };
  const found = dataSource ?? connection;
  if (found === undefined) throw new TypeError('TypeORM gives no data source: is it another one?');
  return found;
}
