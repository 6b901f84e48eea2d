import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { BucketWindow } from '../../words/bucket-name.js';
import { byteString, instant } from './typing/column-types.js';
import { int64 } from './typing/int64-column.js';
import { TypedByDataSource } from './typing/typed-by-data-source.js';

/**
 * What a counter counted in one minute, hour, day, week or month, as the database has it: without pending counts. Read
 * windows by `MeteringService.series()`, which adds those.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter_bucket' })
@Index(['namespace', 'window', 'startsAt'])
// for applications that ask for the top of a window with very many counters: the module neither makes nor drops it, as it slows each update
@Index('fast_counter_bucket_by_value', { synchronize: false })
export class CounterBucket {
  /** The option `namespace` of the application. */
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  /** The counter. */
  @PrimaryColumn({ ...byteString(191), name: 'name' })
  name!: string;

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
