import type { DataSource, EntityManager } from 'typeorm';
import type { CountWindow } from '../../cache/bucket-name.js';

export interface Delta {
  name: string;
  delta: bigint;
}

export interface Namespaces {
  counters: string;
  /**
   * Of the ledger rows: an embedded process has some of its own, as its batches are numbered apart
   * from those of any other process.
   */
  ledger: string;
}

export interface LedgerRow {
  seq: number;
  nonce: string;
  leftOut: readonly string[];
}

/**
 * The statements that differ from database to database. Names are those of counters and, as the cache
 * has them, of their buckets. Each runs inside the caller's transaction,
 * and answers numbers beyond 2^53 exactly.
 */
export interface SqlDialect {
  /** Called once for a data source, before anything else. */
  prepare(dataSource: DataSource): void;
  /**
   * Begins every transaction: the database rolls it back when it waits for a lock, or for its client,
   * for longer than so many milliseconds. A shorter limit that is set already stays.
   */
  limitTransaction(manager: EntityManager, milliseconds: number): Promise<void>;
  /** Drops a connection of the driver that does not answer; what runs on it rejects. */
  abandon(connection: unknown): void;
  /** Inserts the ledger row at seq 0 unless it is there. */
  ensureLedger(manager: EntityManager, namespace: string, partition: number): Promise<void>;
  /** The ledger row, locked for writing until the transaction ends; undefined if there is none. */
  lockLedger(
    manager: EntityManager,
    namespace: string,
    partition: number,
  ): Promise<LedgerRow | undefined>;
  writeLedger(
    manager: EntityManager,
    namespace: string,
    partition: number,
    row: LedgerRow,
  ): Promise<void>;
  /** Values of the rows that exist, locked for writing in the order of their names. */
  lockRows(
    manager: EntityManager,
    namespace: string,
    names: readonly string[],
  ): Promise<Map<string, bigint>>;
  /** Adds to the rows in one statement, inserting the missing; answers the values after it. */
  addDeltas(
    manager: EntityManager,
    namespace: string,
    deltas: readonly Delta[],
  ): Promise<Map<string, bigint>>;
  /** Removes those rows whose value is zero. */
  removeZeroRows(
    manager: EntityManager,
    namespace: string,
    names: readonly string[],
  ): Promise<void>;
  /** Values and ledger seqs of one moment, in one statement. */
  readValues(
    manager: EntityManager,
    namespaces: Namespaces,
    names: readonly string[],
    partitions: readonly number[],
  ): Promise<{ values: Map<string, bigint>; ledgers: Map<number, number> }>;
  /** Removes up to so many buckets of a window that begin before an instant; answers how many. */
  deleteBuckets(
    manager: EntityManager,
    namespace: string,
    window: CountWindow,
    before: Date,
    limit: number,
  ): Promise<number>;
  /** Takes a lock until the transaction ends; false, without waiting, when another has it. */
  tryLock(manager: EntityManager, key: string): Promise<boolean>;
  /** Whether the error says that the transaction was rolled back and may succeed if repeated. */
  isTransient(error: unknown): boolean;
}
