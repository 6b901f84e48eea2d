import { Column, Entity, PrimaryColumn } from 'typeorm';
import { byteString, instant, longText } from './typing/column-types.js';
import { TypedByDataSource } from './typing/typed-by-data-source.js';

/**
 * What each batch changed, while the option `changes` is given: `CounterService.changes()` reads it. Leave it to the module.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter_change' })
export class CounterChange {
  /** Namespace of the ledger row. */
  @PrimaryColumn({ ...byteString(128), name: 'namespace' })
  namespace!: string;

  /** Number of the partition, from 0. */
  @PrimaryColumn({ name: 'partition', type: 'int' })
  partition!: number;

  /** Number of the batch, as the ledger row had it afterwards. */
  @PrimaryColumn({ name: 'seq', type: 'bigint' })
  seq!: string;

  /** What the ledger row had before: by it is told whether a row is missing. */
  @Column({ name: 'since', type: 'bigint' })
  since!: string;

  /** JSON array with the counters and windows of the batch. */
  @Column({ ...longText, name: 'names' })
  names!: string;

  /** When the batch was applied, by the clock of the database. */
  @Column({ ...instant, name: 'written_at' })
  writtenAt!: Date;
}
