import type { QueryRunner, Table } from 'typeorm';

/** Makes or removes a table of an entity, unless that is done. */
export interface SchemaChange {
  readonly runner: QueryRunner;
  readonly create: (entity: new () => object, table: () => Table) => Promise<void>;
  readonly drop: (entity: new () => object) => Promise<void>;
  /** The view `fast_counter_usage`, of what `fast_counter_bucket` has. */
  readonly createUsageView: () => Promise<void>;
  readonly dropUsageView: () => Promise<void>;
}

/** One step of the schema: both directions may be repeated. */
export interface SchemaVersion {
  up(change: SchemaChange): Promise<void>;
  down(change: SchemaChange): Promise<void>;
}
