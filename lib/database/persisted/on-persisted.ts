import type { EntityManager } from 'typeorm';
import type { BucketWindow } from '../../words/bucket-name.js';

/** What a batch changes of one counter, or of one window of a counter. @publicApi */
export interface PersistedCount {
  /** The counter. */
  name: string;
  /** The window of the counter; absent for its total. */
  window?: BucketWindow;
  /** When that window begins; absent for the total. */
  start?: Date;
  /** What is added to the row. */
  delta: bigint;
  /** What the row holds after it. */
  value: bigint;
  /** The counter was deleted, and its row is removed. */
  removed?: true;
}

/** A batch that is being persisted. @publicApi */
export interface PersistedBatch {
  /** Names the batch: no other one has this id, and the batch has it again where its transaction is repeated. */
  id: string;
  /** The partition, which has batches of its own. */
  partition: number;
  /** The number of the batch in its partition; the next one is higher. */
  seq: number;
  /** At most 500. */
  counts: readonly PersistedCount[];
}

/**
 * The option `onPersisted`: is called in the transaction of each batch, with a manager of the same transaction. What it
 * throws rolls the transaction back, and the batch is tried again.
 *
 * @publicApi
 */
export type OnPersisted = (batch: PersistedBatch, manager: EntityManager) => void | Promise<void>;
