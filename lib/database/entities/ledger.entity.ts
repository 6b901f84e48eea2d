import { Column, Entity, PrimaryColumn } from 'typeorm';
import { byteString, instant, longText } from './typing/column-types.js';
import { TypedByDataSource } from './typing/typed-by-data-source.js';

/**
 * The last batch that was applied to each partition: by its row the module recognises a batch that comes again. Leave it to
 * the module.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter_ledger' })
export class CounterLedger {
  /** The option `namespace` of the application; of a process that counts embedded, `namespace@id` with the id of the process. */
  @PrimaryColumn({ ...byteString(128), name: 'namespace' })
  namespace!: string;

  /** Number of the partition, from 0. */
  @PrimaryColumn({ name: 'partition', type: 'int' })
  partition!: number;

  /** Number of the last batch; batches of a partition are numbered upwards. */
  @Column({ name: 'seq', type: 'bigint' })
  seq!: string;

  /** A random text that tells the last batch from another one of the same number. */
  @Column({ ...byteString(64), name: 'nonce' })
  nonce!: string;

  /**
   * JSON array with what was left out of the last batch: counters whose row would leave the 64-bit range, or is
   * refused by the database. A number among them is how many batches before it this database does not know.
   */
  @Column({ ...longText, name: 'left_out' })
  leftOut!: string;

  /** When the row was last written, by the clock of the database. */
  @Column({ ...instant, name: 'updated_at' })
  updatedAt!: Date;
}
