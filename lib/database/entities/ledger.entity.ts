import { Column, Entity, PrimaryColumn } from 'typeorm';
import { byteString, instant } from './column-types.js';
import { TypedByDataSource } from './typed-by-data-source.js';

/**
 * The last batch that was applied to each partition: what makes a repeated batch harmless.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter_ledger' })
export class CounterLedger {
  /** With the id of the process, `namespace@id`, when it counts embedded. */
  @PrimaryColumn({ ...byteString(128), name: 'namespace' })
  namespace!: string;

  @PrimaryColumn({ name: 'partition', type: 'int' })
  partition!: number;

  @Column({ name: 'seq', type: 'bigint' })
  seq!: string;

  @Column({ ...byteString(64), name: 'nonce' })
  nonce!: string;

  /**
   * JSON array of what is to be known of that batch: counters whose row would have left the 64-bit range, or was refused; as a
   * number, how many batches before it this database does not know.
   */
  @Column({ name: 'left_out', type: 'text' })
  leftOut!: string;

  @Column({ ...instant, name: 'updated_at' })
  updatedAt!: Date;
}
