import type { QueryRunner } from 'typeorm';
import { dataSourceOf } from '../dialects/data-source-of.js';
import { findMigrationDialect } from '../dialects/find-dialect.js';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { MigrationDialect } from '../dialects/sql-dialect.js';
import { tableName } from '../dialects/table-names.js';
import { CounterUsage } from '../entities/counter-usage.entity.js';
import { usageView } from '../views/usage-view.js';
import type { SchemaChange } from './schema-version.js';

/** Changes the schema under a lock, as several processes may start at once. */
export async function underSchemaLock(
  runner: QueryRunner,
  run: (change: SchemaChange) => Promise<void>,
): Promise<void> {
  const dataSource = dataSourceOf(runner);
  const dialect = findMigrationDialect(dataSource);
  const connection = dialect.connectionOver(await runner.connect(), dataSource);
  await dialect.underSchemaLock(connection, runner.isTransactionActive, () =>
    run(changeOver(runner, dialect, connection)),
  );
}

const changeOver = (
  runner: QueryRunner,
  dialect: MigrationDialect,
  connection: SqlConnection,
): SchemaChange => ({
  runner,
  async create(entity, table) {
    if (!(await dialect.hasTable(connection, entity))) await runner.createTable(table());
  },
  // TypeORM would look for the table in the snapshot of the transaction
  drop: (entity) => connection.query(`DROP TABLE IF EXISTS ${tableName(connection, entity)}`),
  async createUsageView() {
    if (await dialect.hasTable(connection, CounterUsage)) return;
    await connection.query(usageView(connection.dataSource));
  },
  dropUsageView: () =>
    connection.query(`DROP VIEW IF EXISTS ${tableName(connection, CounterUsage)}`),
});
