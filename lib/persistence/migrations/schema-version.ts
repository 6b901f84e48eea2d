import type { QueryRunner } from 'typeorm';

/** One step of the schema: both directions may be repeated. */
export interface SchemaVersion {
  up(runner: QueryRunner): Promise<void>;
  down(runner: QueryRunner): Promise<void>;
}
