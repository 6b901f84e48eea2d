import { Column, Entity, PrimaryColumn } from 'typeorm';
import { byteString, instant, longText } from './typing/column-types.js';
import { TypedByDataSource } from './typing/typed-by-data-source.js';

/**
 * Events that `MeteringService.importEvents()` counted, some thousand in a row, so that none counts twice. Rows of logs that
 * will never be imported again may be deleted.
 *
 * @publicApi
 */
@TypedByDataSource()
@Entity({ name: 'fast_counter_import' })
export class CounterImport {
  /** The option `namespace` of the application. */
  @PrimaryColumn({ ...byteString(64), name: 'namespace' })
  namespace!: string;

  /** When the last of these events was. */
  @PrimaryColumn({ ...instant, name: 'ends_at' })
  endsAt!: Date;

  /** A random text that tells the row from others. */
  @PrimaryColumn({ ...byteString(36), name: 'id' })
  id!: string;

  /** When the first of these events was. */
  @Column({ ...instant, name: 'begins_at' })
  beginsAt!: Date;

  /** Of each event 96 bits of the SHA-256 of its name, time and id, in 16 characters. */
  @Column({ ...longText, name: 'digests' })
  digests!: string;

  /** When they were imported, by the clock of the process. */
  @Column({ ...instant, name: 'made_at' })
  madeAt!: Date;
}
