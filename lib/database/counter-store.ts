import type { Bucket, BucketWindow } from '../words/bucket-name.js';
import type { Batch, LedgerPosition, StoreProblem } from '../cache/counter-cache.js';
import type { Refusal } from '../cache/parcels.js';
import type { Int64String } from '../words/int64.js';
import type { ServerNotes } from '../words/server-notes.js';
import type { MissedColumn } from './columns/column-outcomes.js';
import type { Corrections } from './corrections/corrections.js';
import type { EventImports } from './imports/imports.js';
import type { ChangeLog } from './changes/change-log.js';
import type { Closings } from './closing/closings.js';
import type { Outbox } from './outbox/outbox.js';
import type {
  BucketQuery,
  CounterRow,
  NamesQuery,
  NamesStep,
  PartsPage,
  PartsQuery,
  RowQuery,
  TopQuery,
  TopRow,
} from './row-queries.js';

export type * from './row-queries.js';

/** What became of a batch. */
export type ApplyResult =
  | {
      /** `applied` now, or `repeated`: the ledger already held this batch. */
      status: 'applied' | 'repeated';
      /**
       * Values after the batch, of every counter of the batch that was neither left out nor refused; 0 where there is no row.
       */
      values: ReadonlyMap<string, Int64String>;
      /** Counters whose row would leave the 64-bit range: their row is as it was. A repeated batch answers the same. */
      leftOut: readonly string[];
      /**
       * Counters whose row the database refuses for good: their row is as it was. A repeated batch answers the same. Only of a
       * database with rules of its own: constraints, triggers, policies.
       */
      refused?: readonly Refusal[];
      /** Counters whose row is at zero, and stays, as the database refuses to remove it. */
      unremoved?: readonly Refusal[];
      /** Counters whose row held another value than expected, and came to the expected sum. Absent where there is none. */
      changed?: readonly string[];
      /** Counts that are not in a column of the application, by column and reason. Absent where there are none, and of a repeated batch. */
      missed?: readonly MissedColumn[];
      /** The error of the database where the whole batch took longer than a statement may, and was added in smaller statements. */
      tooSlow?: string | undefined;
      /** How many batches between the last one of the ledger and this one are missing there. A repeated batch answers the same. */
      missing: number;
    }
  /** The ledger is at another batch, of this or a later seq: nothing was changed. */
  | { status: 'superseded'; ledgerSeq: number };

/** Values and ledgers of one moment. */
export interface PersistedValues {
  /** Values by name; counters without a row are absent. */
  values: ReadonlyMap<string, Int64String>;
  /** Seq of the last batch that was applied, by partition asked for; 0 before the first. */
  ledgers: ReadonlyMap<number, number>;
}

/**
 * The ledger rows of an embedded process. No other process writes them, and none needs them when this process
 * has ended. Each method may be repeated, and throws as those of `CounterStore` do. Times are by the clock of the database.
 */
export interface OwnLedger {
  /**
   * Marks the rows as those of a running process. Answers the other ledgers of the namespace, of embedded processes and
   * of processes with Redis, that were written or marked within the last minute: by the name of the ledger (see `Namespaces`)
   * a text that changes with each mark. Not atomic: each row is marked by itself. A row that a batch has locked is passed
   * over, as the batch marks it.
   */
  touch(): Promise<ReadonlyMap<string, string>>;
  /**
   * Removes the rows of other embedded processes that were neither written nor marked for seven days; one call may leave some of
   * them.
   */
  removeAbandoned(): Promise<void>;
  /** Removes the rows of this process, which must persist nothing afterwards. */
  remove(): Promise<void>;
}

/**
 * The database of the counters, and the only way to it. `test/conformance/counter-store.conformance.ts` holds each
 * implementation to this.
 *
 * **Atomic**: each method is one transaction. It happens as a whole or not at all, also where the process dies meanwhile, and no
 * other transaction sees a part of it. A method that resolves has committed.
 *
 * **Repeatable**: a method that rejects may have committed. Each method may be called again, any number of times, and by several
 * processes at once; a method says so where that is not plain. The store itself repeats a transaction that the database
 * rolled back in favour of another one.
 *
 * **Errors**: each method rejects with `DatabaseUnavailableError` where the database does not answer within the time that the
 * store has for a call, gives no connection, or fails. It rejects with the subclass `RefusedByDatabaseError` where the database
 * refuses, as the role has no right, say: then nothing was committed, and calling again does not help by itself. It rejects with
 * `InvalidOptionsError` where the data source is not set up for counters. No method throws synchronously.
 *
 * Several stores, one for each process, work on one database at the same time. Names are those of counters and of their buckets
 * (see `bucketName()`). They are compared byte for byte.
 */
export interface CounterStore {
  /**
   * Ends the calls under way, so that they reject now, and releases their connections. Absent where no call can wait.
   */
  giveUp?(): void;

  /**
   * Whether nothing is written while the application has a transaction open, as there is one connection for all. Then partitions are
   * set up at the start: an increment in such a transaction must not wait for that, as the transaction waits for the increment.
   */
  readonly writesAlone?: boolean;

  /**
   * The ledger rows of an embedded process; absent in a process with Redis. With it, `apply()` answers `superseded` for a batch
   * whose ledger row is missing: the row was written as the partition was set up, and then removed by a process that took
   * this one for ended, so it is not known whether the batch was applied. The row is made anew at the seq of that
   * batch, so that the batches behind it are applied.
   */
  readonly ownLedger?: OwnLedger;
  /** The note of the Redis that counts the namespace; absent in an embedded process. Throws as the methods here do. */
  readonly redisNotes?: ServerNotes;
  /** Increments that were made in transactions of the application, and what was taken from rows for other counters. */
  readonly outbox: Outbox;
  /** Corrections of windows, which are kept. */
  readonly corrections: Corrections;
  /** Events of logs that were imported. */
  readonly imports: EventImports;
  /** What batches changed; absent where it is not kept. */
  readonly changeLog?: ChangeLog;
  /** Windows that are closed, and what came too late for them. */
  readonly closings: Closings;
  /**
   * Adds a batch to its rows, once: under the lock of the ledger row of the partition, which has seq and nonce of the last
   * batch, and what was left out of it. A ledger row that is missing is at seq 0.
   *
   * A batch above the seq of the ledger is `applied`. A missing row is made. A row with `expected` comes to the sum of that and
   * the delta, whatever it holds. What has `remove` and comes to zero loses its row. A batch
   * whose nonce the ledger has is `repeated`, and changes nothing. Any other batch is `superseded`.
   *
   * Where the store has columns of the application (option `columns`), what is added to a counter is added to its column as well,
   * in the same transaction; what the table of the application refuses is `missed`, and does not keep the batch from being applied.
   *
   * Repeatable with the same batch until a batch of a later seq is applied. Where the database refuses every row, nothing is
   * left out and this rejects with `DatabaseUnavailableError`: then the fault is that of the database, not of the rows.
   */
  apply(partition: number, batch: Batch): Promise<ApplyResult>;
  /**
   * Under the lock of the ledger row of the partition: calls `reserve` with the position of the ledger. If `reserve` answers a
   * generation, writes the next seq and this generation to the ledger. Answers the generation once that is committed, or
   * undefined. Meanwhile no batch of the partition is applied, and no other process seeds it.
   *
   * `reserve` may be called more than once, as the transaction may be repeated: the last call counts. Where `reserve` rejects,
   * nothing is written, and a `FastCounterError` of it is passed on. Repeatable: a call that rejected may have moved the ledger
   * to a seq that no batch has.
   */
  seed(
    partition: number,
    reserve: (ledger: LedgerPosition) => Promise<string | undefined>,
  ): Promise<string | undefined>;
  /** Values of these counters and ledgers of these partitions, at one moment. Waits for no lock. */
  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues>;
  /** Names of the ledgers of embedded processes of the namespace that were written or marked within the last minute. */
  embedded(): Promise<string[]>;
  /**
   * A text that tells this database from another one, whatever its address is, and its address for messages; undefined where
   * the database does not say. All stores on the same tables answer the same, also after a restart.
   */
  identify(): Promise<{ identity: string; place: string } | undefined>;
  /** When the ledger of this store was last written, by the clock of the database; undefined where it has no row. */
  persistedAt(): Promise<Date | undefined>;
  /** One page of counters, without buckets, of one moment. The page before is of an earlier one. */
  list(query: RowQuery): Promise<CounterRow[]>;
  /**
   * Of all counters whose name begins with the prefix, without buckets, at one moment: how many there are, or the exact sum of
   * their values, which may be beyond 64 bits; 0 where there are none. Waits for no lock.
   */
  aggregate(what: 'count' | 'sum', prefix: string): Promise<bigint>;
  /**
   * The counters that counted the most in some windows, the highest first; those of the same value in the order of their names, the
   * last first. Counters without a bucket there are left out.
   */
  top(query: TopQuery): Promise<TopRow[]>;
  /**
   * One page of counters and what they counted in some windows together, or in total, and ledgers, all at one moment. Counters
   * without a row there are left out. Waits for no lock.
   */
  parts(query: PartsQuery): Promise<PartsPage>;
  /** Names of buckets that have a row, in the order of counters, windows and times: a page. */
  buckets(query: BucketQuery): Promise<string[]>;
  /** Counters by what their names consist of, wherever it stands in them: a step through all names. Waits for no lock. */
  names(query: NamesQuery): Promise<NamesStep>;
  /**
   * Removes up to `limit` buckets of a window that begin before a time, the oldest first. Answers how many this call removed;
   * undefined where another process is removing buckets. Removes none where `clock`, the time by which the caller chose
   * `before`, is more than an hour ahead of the clock of the database: that would remove buckets which still count.
   */
  expire(
    window: BucketWindow,
    before: Date,
    limit: number,
    clock: Date,
  ): Promise<number | undefined>;
  /**
   * What is wrong with the database as it is set up, and whether it has buckets that begin at one of the `misplaced` times, at
   * which no window of the time zone begins. Changes nothing.
   */
  inspect(misplaced: readonly Bucket[]): Promise<StoreProblem[]>;
}
