import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { byteString, instant } from './typing/column-types.js';
import { int64 } from './typing/int64-column.js';
import { TypedByDataSource } from './typing/typed-by-data-source.js';

/**
 * A counter as the database has it: without pending counts. Read it, join it, back it up; write it only by
 * `CounterService`.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter' })
// for applications that list by value and make this index: the module neither makes nor drops it, as it slows each update
@Index('fast_counter_by_value', { synchronize: false })
export class Counter {
  /** The option `namespace` of the application. */
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  /** The counter. */
  @PrimaryColumn({ ...byteString(191), name: 'name' })
  name!: string;

  /** The persisted value: signed 64 bits. */
  @Column({ name: 'value', type: 'bigint', transformer: int64 })
  value!: bigint;

  /** When the row was made, by the clock of the database. */
  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;

  /** When a batch last changed the row, by the clock of the database. */
  @Column({ ...instant, name: 'updated_at' })
  updatedAt!: Date;
}
