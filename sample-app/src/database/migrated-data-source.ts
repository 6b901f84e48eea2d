import { DataSource, type DataSourceOptions } from 'typeorm';

/** Any number that the application uses for nothing else. */
const migrationLock = 20_260_101;

/**
 * What `migrationsRun: true` does, but one process at a time: several that start together would
 * create the same tables.
 */
export async function createMigratedDataSource(options?: DataSourceOptions): Promise<DataSource> {
  if (options === undefined) throw new TypeError('The data source has no options');
  const dataSource = await new DataSource(options).initialize();
  try {
    await migrate(dataSource);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

async function migrate(dataSource: DataSource): Promise<void> {
  const session = dataSource.createQueryRunner();
  try {
    await session.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await dataSource.runMigrations();
    await session.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
  } finally {
    await session.release();
  }
}
