import { Column, Entity, PrimaryColumn } from 'typeorm';
import { byteString, instant, longText } from './typing/column-types.js';
import { int64 } from './typing/int64-column.js';
import { TypedByDataSource } from './typing/typed-by-data-source.js';

/**
 * Increments that were made in a transaction of the application, by `incr(name, delta, { transaction })`, and are not counted yet:
 * rows come and go with these transactions. The module counts each row once, and removes it. Leave it to the module, but for rows
 * with `refused`.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter_outbox' })
export class CounterOutbox {
  /** The option `namespace` of the application. */
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  /** Ordered by the time at which the increment was made. */
  @PrimaryColumn({ ...byteString(36), name: 'id' })
  id!: string;

  /** The counter. */
  @Column({ ...byteString(191), name: 'name' })
  name!: string;

  /** How much to add: signed 64 bits. */
  @Column({ name: 'delta', type: 'bigint', transformer: int64 })
  delta!: bigint;

  /** Windows that the increment names, separated by commas; `-` for none. */
  @Column({ ...byteString(64), name: 'windows' })
  windows!: string;

  /** The `updateInterval` of the increment, in milliseconds; -1 for that of the module. */
  @Column({ name: 'update_interval', type: 'int' })
  updateInterval!: number;

  /** When the increment was made, by the clock of its process: it counts in the windows of that moment. */
  @Column({ ...instant, name: 'made_at' })
  madeAt!: Date;

  /** When a process first began to count the row, by the clock of the database; before, as `madeAt`. */
  @Column({ ...instant, name: 'taken_at' })
  takenAt!: Date;

  /** Where that process counts: only there it can be told whether the row was counted. Empty before. */
  @Column({ ...byteString(128), name: 'taken_by' })
  takenBy!: string;

  /**
   * Why the row is not counted, and waits for an operator; empty where it is counted soon. To have it counted all the same, empty this
   * and `taken_by`.
   */
  @Column({ ...longText, name: 'refused' })
  refused!: string;
}
