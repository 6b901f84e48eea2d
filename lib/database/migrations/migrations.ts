import type { MigrationInterface, QueryRunner } from 'typeorm';
import { downFastCounter, upFastCounter } from './migrate.js';

/** The tables of version 1. */
class FastCounterVersion1 implements MigrationInterface {
  /** TypeORM orders migrations by the time at the end of their names. */
  readonly name = 'FastCounterVersion1764201600000';

  up(runner: QueryRunner): Promise<void> {
    return upFastCounter(runner, { version: 1 });
  }

  down(runner: QueryRunner): Promise<void> {
    return downFastCounter(runner, { version: 0 });
  }
}

/** The table of increments that wait for the end of a transaction. */
class FastCounterVersion2 implements MigrationInterface {
  readonly name = 'FastCounterVersion21795651200000';

  up(runner: QueryRunner): Promise<void> {
    return upFastCounter(runner, { version: 2 });
  }

  down(runner: QueryRunner): Promise<void> {
    return downFastCounter(runner, { version: 1 });
  }
}

/**
 * The migrations of this package, for `migrations` of a data source: one for each version of the schema, so that an
 * update brings those that are new. They may stand beside a migration that calls `upFastCounter()`.
 *
 * @example
 * new DataSource({ type: 'postgres', url, entities: [...fastCounterEntities], migrations: [...fastCounterMigrations] });
 * @publicApi
 */
export const fastCounterMigrations: readonly (new () => MigrationInterface)[] = [
  FastCounterVersion1,
  FastCounterVersion2,
];
