import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { byteString, instant } from './column-types.js';
import { int64 } from './int64-column.js';
import { TypedByDataSource } from './typed-by-data-source.js';

/**
 * A counter as the database has it: without what is pending in the cache. Read it, join it, back it
 * up; write it only through `CounterService`.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter' })
// for who lists by value: neither made nor dropped with the schema, as each row that changes pays for it
@Index('fast_counter_by_value', { synchronize: false })
export class Counter {
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  @PrimaryColumn({ ...byteString(191), name: 'name' })
  name!: string;

  /** Signed 64 bits. */
  @Column({ name: 'value', type: 'bigint', transformer: int64 })
  value!: bigint;

  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instant, name: 'updated_at' })
  updatedAt!: Date;
}
