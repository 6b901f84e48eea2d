import { Column, PrimaryColumn, ViewEntity } from 'typeorm';
import type { BucketWindow } from '../../words/bucket-name.js';
import { byteString, instant } from './typing/column-types.js';
import { int64 } from './typing/int64-column.js';
import { TypedByDataSource } from './typing/typed-by-data-source.js';

/**
 * The rows of `fast_counter_bucket` for people who read by SQL: with name and dimensions apart. It is a view that a migration of this
 * package makes, and `synchronize` does not. To read it by TypeORM, add this class to the entities of the data source; it is not
 * among `fastCounterEntities`.
 *
 * @example
 * await manager.findBy(CounterUsage, { namespace: 'default', name: 'api.calls', window: 'day' });
 * @publicApi
 */
@TypedByDataSource()
// TypeORM would note the view in a table of its own, and make it a second time where a migration has made it
@ViewEntity({ name: 'fast_counter_usage', synchronize: false })
export class CounterUsage {
  /** The option `namespace` of the application. */
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  /** The counter, with its dimensions: the column `name` of `fast_counter_bucket`. */
  @PrimaryColumn({ ...byteString(191), name: 'counter' })
  counter!: string;

  /** The counter without its dimensions, as `parseMeteredName()` answers it. */
  @Column({ ...byteString(191), name: 'name' })
  name!: string;

  /**
   * Values by the name of the dimension, as `parseMeteredName()` answers them; `{}` of a counter without dimensions. A value with the
   * character U+0000, which texts of PostgreSQL cannot hold, is as the counter has it: percent-encoded.
   */
  @Column({ type: 'simple-json', name: 'dimensions' })
  dimensions!: Record<string, string>;

  /** The kind of window. */
  @PrimaryColumn({ ...byteString(6), name: 'time_window' })
  window!: BucketWindow;

  /** When the window begins. */
  @PrimaryColumn({ ...instant, name: 'starts_at' })
  startsAt!: Date;

  /** What was counted in the window: signed 64 bits. */
  @Column({ name: 'value', type: 'bigint', transformer: int64 })
  value!: bigint;

  /** When a batch last changed the row, by the clock of the database. */
  @Column({ ...instant, name: 'updated_at' })
  updatedAt!: Date;
}
