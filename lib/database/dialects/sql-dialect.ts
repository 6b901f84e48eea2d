import type { DataSource } from 'typeorm';
import type { BucketMove, BucketStart } from './bucket-moves.js';
import type { SqlConnection, TakeConnection, TakeSpareConnection } from './sql-connection.js';
import type { Bucket, BucketWindow } from '../../words/bucket-name.js';
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
} from '../counter-store.js';
import type { Namespaces } from '../namespaces.js';
import type { NotedServer, ServerNote } from '../../words/server-notes.js';
import type { StoreProblem } from '../../cache/counter-cache.js';
import type { Refusal } from '../../cache/parcels.js';
import type { Int64String } from '../../words/int64.js';

export type { BucketMove, BucketStart } from './bucket-moves.js';

/** What a batch adds: no delta is zero. */
export interface NewBatch {
  seq: number;
  nonce: string;
  deltas: readonly { name: string; delta: Int64String }[];
}

export type RowKind = 'counter' | 'bucket';
export type LockMode = 'alone' | 'shared';

export interface AddedBatch {
  /** Where the ledger stood before. */
  ledgerSeq: number;
  /** Values after the batch, of what was not left out. */
  values: ReadonlyMap<string, Int64String>;
  leftOut: readonly string[];
}

export interface LedgerRow {
  seq: number;
  nonce: string;
  leftOut: readonly string[];
  refused?: readonly Refusal[];
  /** Batches before this one that the database does not know. */
  missing?: number;
}

export interface ExpiredBuckets {
  window: BucketWindow;
  /** They begin before this, */
  before: Date;
  /** which was chosen at this time. */
  clock: Date;
}

/**
 * The statements that differ from database to database. Names are those of counters and, as the cache
 * has them, of their buckets. Each runs inside the caller's transaction, if there is one, and answers
 * numbers beyond 2^53 exactly.
 */
export interface SqlDialect {
  take: TakeConnection;
  takeSpare: TakeSpareConnection;
  /** How many connections the data source has, where none of them is free, and it makes no other. */
  inUse(dataSource: DataSource): number | undefined;
  /** What speaks against keeping counts in this database. */
  inspect(connection: SqlConnection): Promise<StoreProblem[]>;
  /**
   * Begins every transaction: the database rolls it back when it waits for a lock, or for its client,
   * for longer than `milliseconds`. A shorter limit that is set already stays.
   */
  limitTransaction(connection: SqlConnection, milliseconds: number): Promise<void>;
  /** The database ends a statement of this transaction that takes longer: with an error that `isTooSlow` knows. */
  limitStatements(connection: SqlConnection, milliseconds: number): Promise<void>;
  /** Statements go over this connection of the driver, as they are. */
  connectionOver(connection: unknown, dataSource: DataSource): SqlConnection;
  /** Begins a transaction in which each statement sees what was committed before it. */
  begin(connection: SqlConnection): Promise<void>;
  /** Inserts the ledger row at seq 0 unless it is there. */
  ensureLedger(connection: SqlConnection, namespace: string, partition: number): Promise<void>;
  /** The ledger row, locked for writing until the transaction ends; undefined if there is none. */
  lockLedger(
    connection: SqlConnection,
    namespace: string,
    partition: number,
  ): Promise<LedgerRow | undefined>;
  writeLedger(
    connection: SqlConnection,
    namespace: string,
    partition: number,
    row: LedgerRow,
  ): Promise<void>;
  /** When a ledger row of this namespace was written last. */
  ledgerTime(connection: SqlConnection, namespace: string): Promise<Date | undefined>;
  /** As `ServerNotes.read()`. */
  readNote(connection: SqlConnection, namespace: string): Promise<NotedServer | undefined>;
  /** As `ServerNotes.write()`. */
  writeNote(
    connection: SqlConnection,
    namespace: string,
    note: ServerNote,
  ): Promise<NotedServer | undefined>;
  /** As `ServerNotes.outdate()`. */
  outdateNote(connection: SqlConnection, namespace: string, process: string): Promise<void>;
  /** As `CounterStore.identify()`. */
  identify(connection: SqlConnection): Promise<{ identity: string; place: string } | undefined>;
  /** As `CounterStore.embedded()`. */
  embeddedLedgers(connection: SqlConnection, namespace: string): Promise<string[]>;
  /** As `OwnLedger.touch()`. */
  touchLedger(
    connection: SqlConnection,
    namespaces: Namespaces,
  ): Promise<ReadonlyMap<string, string>>;
  /** Removes all ledger rows of this namespace. */
  removeLedger(connection: SqlConnection, namespace: string): Promise<void>;
  /** As `OwnLedger.removeAbandoned()`. */
  removeAbandonedLedgers(connection: SqlConnection, namespaces: Namespaces): Promise<void>;
  /**
   * Locks the partition's ledger row. If its seq is below the batch's: adds to the rows, which it locks in
   * the order of their names, inserting the missing; leaves out those that would leave the 64-bit range; and
   * writes the batch, what was left out and how many batches are missing before it to the ledger. If not, or if there is no ledger row, it changes
   * nothing and answers undefined. It gives up with an error that is transient when it waits for a lock for
   * longer than its limit in milliseconds.
   *
   * As a whole or not at all, also where there is no transaction: in one statement, or in a transaction
   * of its own.
   */
  addBatch(
    connection: SqlConnection,
    namespaces: Namespaces,
    partition: number,
    batch: NewBatch,
    lockTimeout: number,
  ): Promise<AddedBatch | undefined>;
  /** Adds to the rows as `addBatch` does, without the ledger: the caller has locked it. */
  addDeltas(
    connection: SqlConnection,
    namespace: string,
    deltas: NewBatch['deltas'],
  ): Promise<Omit<AddedBatch, 'ledgerSeq'>>;
  /** The name of any counter, or of any bucket, that has a row and is none of these. */
  anotherRow(
    connection: SqlConnection,
    namespace: string,
    kind: RowKind,
    except: readonly string[],
  ): Promise<string | undefined>;
  /** Removes those rows whose value is zero. */
  removeZeroRows(
    connection: SqlConnection,
    namespace: string,
    names: readonly string[],
  ): Promise<void>;
  /** Values and ledger seqs of one moment, in one statement. */
  readValues(
    connection: SqlConnection,
    namespaces: Namespaces,
    names: readonly string[],
    partitions: readonly number[],
  ): Promise<{ values: Map<string, Int64String>; ledgers: Map<number, number> }>;
  /** One page of counters, behind `after` if that is given; equal values in the order of their names. */
  listRows(connection: SqlConnection, namespace: string, query: RowQuery): Promise<CounterRow[]>;
  /** As `CounterStore.aggregate()`, by the range of the primary key. */
  aggregate(
    connection: SqlConnection,
    namespace: string,
    what: 'count' | 'sum',
    prefix: string,
  ): Promise<bigint>;
  /** As `CounterStore.top()`. */
  topRows(connection: SqlConnection, namespace: string, query: TopQuery): Promise<TopRow[]>;
  /** As `CounterStore.parts()`, in one statement. */
  readParts(connection: SqlConnection, of: Namespaces, query: PartsQuery): Promise<PartsPage>;
  /** As `CounterStore.buckets()`. */
  bucketNames(connection: SqlConnection, namespace: string, query: BucketQuery): Promise<string[]>;
  /** As `CounterStore.names()`, by the range of a primary key. */
  nameStep(connection: SqlConnection, namespace: string, query: NamesQuery): Promise<NamesStep>;
  /** As `CounterStore.expire()`, but for the lock. */
  deleteBuckets(
    connection: SqlConnection,
    namespace: string,
    expired: ExpiredBuckets,
    limit: number,
  ): Promise<number>;
  /** Locks all ledger rows of a namespace until the transaction ends: no batch is applied meanwhile. */
  lockLedgers(connection: SqlConnection, namespace: string): Promise<void>;
  bucketStarts(connection: SqlConnection, namespace: string): Promise<BucketStart[]>;
  /** Those of these starts, which are few, that there are buckets of. */
  existingStarts(
    connection: SqlConnection,
    namespace: string,
    starts: readonly Bucket[],
  ): Promise<readonly Bucket[]>;
  /**
   * Adds buckets to those that begin at another instant, and removes them; with `dryRun` it only looks.
   * Answers how many there are, and the counters whose sum would leave the 64-bit range: their rows stay.
   */
  joinBuckets(
    connection: SqlConnection,
    namespace: string,
    move: BucketMove,
    dryRun: boolean,
  ): Promise<{ joined: number; tooLarge: readonly string[] }>;
  /**
   * Changes tables under a lock that others who do so wait for: in one transaction, which is the caller's where there is one, if
   * the database can take back a change of tables.
   */
  underSchemaLock(
    connection: SqlConnection,
    inTransaction: boolean,
    change: () => Promise<void>,
  ): Promise<void>;
  /** Whether there is such a table by now, also one that was committed after the transaction began. */
  hasTable(connection: SqlConnection, entity: new () => object): Promise<boolean>;
  /** Takes a lock until the transaction ends; false, without waiting, when another has it. */
  tryLock(connection: SqlConnection, key: string): Promise<boolean>;
  /**
   * Waits for a lock until the end of the transaction or of the session's use. `shared`: beside others that share it, where the engine
   * knows such locks. Throws where others have it for longer than `patience`, in milliseconds.
   */
  lock(connection: SqlConnection, key: string, mode: LockMode, patience: number): Promise<void>;
  /** Whether the error says that the transaction was rolled back and may succeed if repeated. */
  isTransient(error: unknown): boolean;
  /** Whether the error may be about a row, and come again however often it is repeated. */
  isRefusal(error: unknown): boolean;
  /** Whether a statement took longer than it may. */
  isTooSlow(error: unknown): boolean;
  /** Whether the error may come from the session that it came over, so that another one might succeed. */
  blamesSession(error: unknown): boolean;
  /** What an operator should know beside the words of the database; undefined when these say it. */
  explain(error: unknown): string | undefined;
}

/** What migrations need. SQLite has this much of a dialect, and a store of its own. */
export type MigrationDialect = Pick<
  SqlDialect,
  'connectionOver' | 'underSchemaLock' | 'hasTable' | 'lockLedgers' | 'bucketStarts' | 'joinBuckets'
>;
