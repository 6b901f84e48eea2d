import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { BucketWindow } from '../../words/bucket-name.js';
import { byteString, instant, longText } from './typing/column-types.js';
import { int64 } from './typing/int64-column.js';
import { TypedByDataSource } from './typing/typed-by-data-source.js';

/**
 * Corrections of windows by `MeteringService.correct()`, kept for good: who changed which number, by how much and why. The module
 * writes rows, and neither changes nor removes one.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter_correction' })
export class CounterCorrection {
  /** The option `namespace` of the application. */
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  /** The counter. */
  @PrimaryColumn({ ...byteString(191), name: 'name' })
  name!: string;

  /** When the corrected window begins. */
  @PrimaryColumn({ ...instant, name: 'starts_at' })
  startsAt!: Date;

  /** The kind of window. */
  @PrimaryColumn({ ...byteString(6), name: 'time_window' })
  window!: BucketWindow;

  /** What tells this correction from others of the same window: given by the caller, or random. */
  @PrimaryColumn({ ...byteString(64), name: 'id' })
  id!: string;

  /** How much was added: signed 64 bits. */
  @Column({ name: 'delta', type: 'bigint', transformer: int64 })
  delta!: bigint;

  /** Longer windows around this one that got the same, separated by commas; `-` for none. */
  @Column({ ...byteString(64), name: 'windows' })
  windows!: string;

  /** Windows, of this kind or longer, that were closed before, separated by commas; `-` for none: it is not in what these were closed with. */
  @Column({ ...byteString(64), name: 'closed_windows' })
  closed!: string;

  /** Why. */
  @Column({ ...longText, name: 'reason' })
  reason!: string;

  /** Who. */
  @Column({ ...byteString(255), name: 'made_by' })
  madeBy!: string;

  /** When the correction was made, by the clock of its process. */
  @Column({ ...instant, name: 'made_at' })
  madeAt!: Date;
}
