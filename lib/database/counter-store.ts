import type { Bucket, CountWindow } from '../words/bucket-name.js';
import type { Batch, LedgerPosition, StoreProblem } from '../cache/counter-cache.js';
import type { Refusal } from '../cache/parcels.js';
import type { Int64String } from '../words/int64.js';
import type { ServerNotes } from '../words/server-notes.js';

export type ApplyResult =
  | {
      /** `applied` now, or `repeated`: the ledger already held this very batch. */
      status: 'applied' | 'repeated';
      /**
       * Values after the batch, of every counter of the batch that was neither left out nor refused; 0 of one without a row.
       */
      values: ReadonlyMap<string, Int64String>;
      /** Counters whose row would leave the 64-bit range: their row is as it was. A repeated batch answers the same. */
      leftOut: readonly string[];
      /**
       * Counters whose row the database refuses for good: their row is as it was. A repeated batch answers the same. Only of a
       * database with rules of its own: constraints, triggers, policies.
       */
      refused?: readonly Refusal[];
      /** Counters whose row is at zero, and stays: the database refuses to remove it. As `refused`. */
      unremoved?: readonly Refusal[];
      /** Counters whose row held something else than expected: it came to the expected sum. Absent where there is none. */
      changed?: readonly string[];
      /** The whole batch took longer than a statement may, so it was added in parts: what the database said of it. */
      tooSlow?: string | undefined;
      /** Batches between the ledger's last one and this one that the database does not know. A repeated batch answers the same. */
      missing: number;
    }
  /** The ledger is at another batch, of this or a later seq: nothing was changed. */
  | { status: 'superseded'; ledgerSeq: number };

export interface PersistedValues {
  /** Counters without a row are absent. */
  values: ReadonlyMap<string, Int64String>;
  /** Seq of the last batch applied, per partition asked for; 0 for none. */
  ledgers: ReadonlyMap<number, number>;
}

export interface CounterRow {
  name: string;
  value: bigint;
  createdAt: Date;
  updatedAt: Date;
}

export interface RowQuery {
  /** Names begin with it. */
  prefix?: string;
  /** Names are compared byte for byte, in UTF-8. Rows of one value are in the order of their names, in the same direction. */
  order: 'name' | 'value';
  direction: 'asc' | 'desc';
  limit: number;
  /** The last row of the page before, of the same query: it may be gone by now. */
  after?: { name: string; value: bigint };
}

/**
 * The ledger rows of an embedded process. No other process writes them, and nobody needs them when the process
 * has ended. Each method may be repeated, and throws as those of `CounterStore` do. Times are those of the database.
 */
export interface OwnLedger {
  /**
   * Marks the rows as those of a running process. Answers which other ledgers of the namespace were written or marked
   * within the last minute, those of embedded processes and that of processes with Redis, and when: a text that changes with
   * each time. A ledger goes by its name, see `Namespaces`. Not atomic: each row is marked by itself, and one that a batch has
   * locked is left to the batch, which marks it as well.
   */
  touch(): Promise<ReadonlyMap<string, string>>;
  /**
   * Removes the rows of other embedded processes that were neither written nor marked for seven days; perhaps not all of them
   * at once.
   */
  removeAbandoned(): Promise<void>;
  /** Removes the own rows: nothing may be persisted afterwards. */
  remove(): Promise<void>;
}

/**
 * What the protocol asks of a database, and the only way to it. `test/conformance/counter-store.conformance.ts` holds
 * each implementation to this.
 *
 * **Atomic**: each method is one transaction. It happens as a whole or not at all, also when the process dies in the middle of
 * it, and nobody sees a part of it. What resolved is committed.
 *
 * **Repeatable**: a method that rejects may have been committed. Each may be repeated, as often as one likes and also by other
 * processes at the same time. Where that needs a word, the method says so. A store itself repeats what the
 * database rolled back for the sake of another transaction.
 *
 * **Errors**: each method rejects with `DatabaseUnavailableError` where the database does not answer within the time that
 * the store has for a call, gives no connection, or fails; and with its subclass `RefusedByDatabaseError`
 * where the database answered that it refuses, for want of a right, say: then nothing was committed, and repeating alone does
 * not help. `InvalidOptionsError` is for a data source that is not set up for counters. Nothing is thrown synchronously.
 *
 * Several stores, of as many processes, work on one database at the same time. Names are those of counters and, as the cache
 * has them, of their buckets: see `bucketName()`. They are told apart byte for byte.
 */
export interface CounterStore {
  /**
   * Gives up the calls under way, so that they reject now, and lets their connections go. Absent where no call can stand still.
   */
  giveUp?(): void;

  /**
   * Of an embedded process. A batch whose ledger row is not there is superseded: seeding wrote the row, somebody took
   * the process for ended and removed it, and whether the batch was applied went with it. The row is made anew at the seq of
   * that batch, so that those behind it are applied.
   */
  readonly ownLedger?: OwnLedger;
  /** By which Redis the namespace is counted. Of a process with Redis. Throws as the methods here do. */
  readonly redisNotes?: ServerNotes;
  /**
   * Adds the batch to its rows, once: under the lock of the partition's ledger row, which remembers
   * seq, nonce and what was left out of the last batch. A ledger row that is missing is at seq 0.
   *
   * A batch above the ledger's seq is applied: rows that are missing are made; a row with `expected` comes to the sum of that
   * and the delta, whatever it holds; counters with `remove` that come to zero lose their row, but no
   * bucket does. A batch of the ledger's nonce is `repeated` and changes nothing. Any other is `superseded`.
   *
   * Repeatable with the same batch until one of a later seq is applied. Rejects with `DatabaseUnavailableError`, and
   * nothing is left out, where the database refuses every row: then the database is wrong, not the rows.
   */
  apply(partition: number, batch: Batch): Promise<ApplyResult>;
  /**
   * Under the lock of the partition's ledger row: calls `reserve` with where it stands and, if that
   * answers a generation, writes the next seq and this one to the ledger. Answers the same, once that is committed.
   * No batch of the partition is applied meanwhile, nor does another one seed it.
   *
   * `reserve` may be called more than once, as the transaction may be repeated: the last call counts. Where it
   * rejects, nothing is written, and a `FastCounterError` comes through as it is. Repeatable: one that rejected may have moved
   * the ledger by a seq that nobody has.
   */
  seed(
    partition: number,
    reserve: (ledger: LedgerPosition) => Promise<string | undefined>,
  ): Promise<string | undefined>;
  /** Values and ledgers as of one moment. Waits for no lock. */
  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues>;
  /** Ledgers of embedded processes of the namespace that were written or marked within the last minute. */
  embedded(): Promise<string[]>;
  /**
   * What tells this database from another one, whatever it is called; undefined where it does not say. The same of all stores
   * on the same tables, and after a restart.
   */
  identify(): Promise<{ identity: string; place: string } | undefined>;
  /** When the ledger of this store was written last, by the clock of the database; undefined where there is none. */
  persistedAt(): Promise<Date | undefined>;
  /** One page of counters, without buckets: of one moment, but not of the same as the page before. */
  list(query: RowQuery): Promise<CounterRow[]>;
  /**
   * Removes up to so many buckets of a window that begin before an instant, the oldest first, and answers how many;
   * undefined when another process is at it. Removes none when `clock`, the time by which the caller
   * chose that instant, is more than an hour ahead of the database's: what still counts would be lost.
   * Repeatable; it answers what this call removed.
   */
  expire(
    window: CountWindow,
    before: Date,
    limit: number,
    clock: Date,
  ): Promise<number | undefined>;
  /**
   * What speaks against keeping counts in this database, as it is set up and, where no window begins at
   * these instants, because of rows that begin there. Changes nothing.
   */
  inspect(misplaced: readonly Bucket[]): Promise<StoreProblem[]>;
}
