import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { CountWindow } from '../../words/bucket-name.js';
import { byteString, instant } from './column-types.js';
import { int64 } from './int64-column.js';
import { TypedByDataSource } from './typed-by-data-source.js';

/**
 * What a counter counted in one minute, hour, day or month, as the database has it. Read it with
 * `MeteringService.series()`, which knows what is pending too.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter_bucket' })
@Index(['namespace', 'window', 'startsAt'])
export class CounterBucket {
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  @PrimaryColumn({ ...byteString(191), name: 'name' })
  name!: string;

  @PrimaryColumn({ ...byteString(6), name: 'time_window' })
  window!: CountWindow;

  @PrimaryColumn({ ...instant, name: 'starts_at' })
  startsAt!: Date;

  /** Signed 64 bits. */
  @Column({ name: 'value', type: 'bigint', transformer: int64 })
  value!: bigint;

  @Column({ ...instant, name: 'updated_at' })
  updatedAt!: Date;
}
