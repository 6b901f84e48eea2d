import type { Bucket, CountWindow } from '../words/bucket-name.js';
import type { Batch, LedgerPosition, StoreProblem } from '../cache/counter-cache.js';
import type { Refusal } from '../cache/parcels.js';
import type { Int64String } from '../words/int64.js';
import type { ServerNotes } from '../words/server-notes.js';

export type ApplyResult =
  | {
      /** `applied` now, or `repeated`: the ledger already held this very batch. */
      status: 'applied' | 'repeated';
      /** Values after the batch, of every counter that was neither left out nor refused. */
      values: ReadonlyMap<string, Int64String>;
      /** Counters whose row would leave the 64-bit range: their row is as it was. */
      leftOut: readonly string[];
      /** Counters whose row the database refuses for good: their row is as it was. */
      refused?: readonly Refusal[];
      /** Counters whose row is at zero, and stays: the database refuses to remove it. */
      unremoved?: readonly Refusal[];
      /** Counters whose row held something else than expected: it came to the expected sum. */
      changed?: readonly string[];
      /** The whole batch took longer than a statement may, so it was added in parts: what the database said of it. */
      tooSlow?: string | undefined;
      /** Batches between the ledger's last one and this one that the database does not know. */
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
  prefix?: string;
  order: 'name' | 'value';
  direction: 'asc' | 'desc';
  limit: number;
  after?: { name: string; value: bigint };
}

/**
 * The ledger rows of an embedded process. No other process writes them, and nobody needs them when the process
 * has ended.
 */
export interface OwnLedger {
  /**
   * Marks the rows as those of a running process. Answers which other ledgers of the namespace were written or marked
   * within the last minute, those of embedded processes and that of processes with Redis, and when: a text that changes with
   * each time.
   */
  touch(): Promise<ReadonlyMap<string, string>>;
  /** Removes the rows of other embedded processes that were neither written nor marked for seven days. */
  removeAbandoned(): Promise<void>;
  /** Removes the own rows: nothing may be persisted afterwards. */
  remove(): Promise<void>;
}

/**
 * What the protocol asks of the database. Every method is one transaction or one statement; one that
 * rejects may have been committed, and may be repeated.
 */
export interface CounterStore {
  /** Gives up the calls under way, and lets their connections go. */
  giveUp?(): void;

  /**
   * Of an embedded process. A batch whose ledger row is not there is superseded: seeding wrote the row, somebody took
   * the process for ended and removed it, and whether the batch was applied went with it.
   */
  readonly ownLedger?: OwnLedger;
  /** By which Redis the namespace is counted. Of a process with Redis. */
  readonly redisNotes?: ServerNotes;
  /**
   * Adds the batch to its rows, once: under the lock of the partition's ledger row, which remembers
   * seq and nonce of the last batch.
   */
  apply(partition: number, batch: Batch): Promise<ApplyResult>;
  /**
   * Under the lock of the partition's ledger row: calls `reserve` with where it stands and, if that
   * answers a generation, writes the next seq and this one to the ledger. Answers the same, once that is committed.
   */
  seed(
    partition: number,
    reserve: (ledger: LedgerPosition) => Promise<string | undefined>,
  ): Promise<string | undefined>;
  /** Values and ledgers as of one moment. */
  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues>;
  /** Ledgers of embedded processes of the namespace that were written or marked within the last minute. */
  embedded(): Promise<string[]>;
  /** What tells this database from another one; undefined where it does not say. */
  identify(): Promise<{ identity: string; place: string } | undefined>;
  /** When the ledger was written last; undefined where there is none. */
  persistedAt(): Promise<Date | undefined>;
  list(query: RowQuery): Promise<CounterRow[]>;
  /**
   * Removes up to so many buckets of a window that begin before an instant, and answers how many;
   * undefined when another process is at it. Removes none when `clock`, the time by which the caller
   * chose that instant, is more than an hour ahead of the database's: what still counts would be lost.
   */
  expire(
    window: CountWindow,
    before: Date,
    limit: number,
    clock: Date,
  ): Promise<number | undefined>;
  /**
   * What speaks against keeping counts in this database, as it is set up and, where no window begins at
   * these instants, because of rows that begin there.
   */
  inspect(misplaced: readonly Bucket[]): Promise<StoreProblem[]>;
}
