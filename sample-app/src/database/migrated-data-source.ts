import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';

/** Any number that the application uses for nothing else. */
const migrationLock = 20_260_101;

/** How often another process is asked whether it is done, in milliseconds. */
const pause = 200;

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
    // A statement that waits for the lock would end by the time limit for statements.
    while (!(await hasLock(session))) await sleep(pause);
    await dataSource.runMigrations();
    await session.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
  } finally {
    await session.release();
  }
}

async function hasLock(session: QueryRunner): Promise<boolean> {
  const answer: unknown = await session.query('SELECT pg_try_advisory_lock($1) AS locked', [
    migrationLock,
  ]);
  const [{ locked } = { locked: false }] = answer as { locked: boolean }[];
  return locked;
}
