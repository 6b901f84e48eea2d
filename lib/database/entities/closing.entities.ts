import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { BucketWindow } from '../../words/bucket-name.js';
import { byteString, instant } from './typing/column-types.js';
import { int64 } from './typing/int64-column.js';
import { TypedByDataSource } from './typing/typed-by-data-source.js';

/** A window of a metered name that `MeteringService.close()` closed: its numbers are in `fast_counter_closed`. @publicApi */
@TypedByDataSource()
@Entity({ name: 'fast_counter_closing' })
export class CounterClosing {
  /** The option `namespace` of the application. */
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  /** The metered name, without dimensions. */
  @PrimaryColumn({ ...byteString(191), name: 'name' })
  name!: string;

  /** The kind of window. */
  @PrimaryColumn({ ...byteString(6), name: 'time_window' })
  window!: BucketWindow;

  /** When the window begins. */
  @PrimaryColumn({ ...instant, name: 'starts_at' })
  startsAt!: Date;

  /** Of the call that closed it. */
  @Column({ ...byteString(36), name: 'id' })
  id!: string;

  /** When it was closed, by the clock of the database. */
  @Column({ ...instant, name: 'closed_at' })
  closedAt!: Date;

  /** Who closed it; empty where nobody was named. */
  @Column({ ...byteString(255), name: 'closed_by' })
  closedBy!: string;
}

/** The number of a part in a window that is closed. A part that has no row counted nothing there. @publicApi */
@TypedByDataSource()
@Entity({ name: 'fast_counter_closed' })
export class CounterClosed {
  /** The option `namespace` of the application. */
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  /** The kind of window. */
  @PrimaryColumn({ ...byteString(6), name: 'time_window' })
  window!: BucketWindow;

  /** When the window begins. */
  @PrimaryColumn({ ...instant, name: 'starts_at' })
  startsAt!: Date;

  /** The counter, as `meteredName()` makes it. */
  @PrimaryColumn({ ...byteString(191), name: 'name' })
  name!: string;

  /** What it counted: signed 64 bits. */
  @Column({ name: 'value', type: 'bigint', transformer: int64 })
  value!: bigint;

  /** How much of it the row of the window should hold: all, and 0 when that row was removed or set anew. What the row holds beside it came late. */
  @Column({ name: 'row_value', type: 'bigint', transformer: int64 })
  rowValue!: bigint;
}

/** What came too late for a window that is closed, and is not in its number. @publicApi */
@TypedByDataSource()
@Entity({ name: 'fast_counter_late' })
export class CounterLate {
  /** The option `namespace` of the application. */
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  /** Ordered by the time at which it was noticed. */
  @PrimaryColumn({ ...byteString(36), name: 'id' })
  id!: string;

  /** The counter, as `meteredName()` makes it. */
  @Column({ ...byteString(191), name: 'name' })
  name!: string;

  /** The kind of window. */
  @Column({ ...byteString(6), name: 'time_window' })
  window!: BucketWindow;

  /** When the closed window begins. */
  @Column({ ...instant, name: 'starts_at' })
  startsAt!: Date;

  /** How much came too late: signed 64 bits. */
  @Column({ name: 'delta', type: 'bigint', transformer: int64 })
  delta!: bigint;

  /** When it was noticed, by the clock of its process. */
  @Column({ ...instant, name: 'noticed_at' })
  noticedAt!: Date;

  /** When the window begins in which it counts instead; that of the closed window where it counts in none. */
  @Column({ ...instant, name: 'carried_to' })
  carriedTo!: Date;
}
