import type { ServerNotes } from '../words/server-notes.js';
import type { AddAnswer, AddRequest, AskedKey } from './add-request.js';
import type {
  AckRequest,
  ClaimAnswer,
  ClaimRequest,
  FoundKey,
  Hastened,
  HeldBatch,
  LedgerPosition,
  Moved,
  MoveRequest,
  Refreshed,
  WaitingNames,
  WaitingPage,
} from './batches.js';
import type { Int64String } from '../words/int64.js';
import type { PartitionHealth } from './partition-health.js';
import type { ChangedEntry, Parcel, ParcelPage, Replay, SeenEntry } from './parcels.js';
import type { SharedSettings } from './shared-settings.js';
import type { Wake } from './wake.js';
import type * as processes from './processes.js';

export type {
  AddAnswer,
  AddRequest,
  AskedKey,
  Bounds,
  CountedRow,
  OnceKey,
  Operation,
  Outcome,
} from './add-request.js';
export type {
  AckRequest,
  Batch,
  BatchEntry,
  ClaimAnswer,
  ClaimRequest,
  FoundKey,
  Hastened,
  HeldBatch,
  LedgerPosition,
  Moved,
  MoveRequest,
  Refreshed,
  WaitingNames,
  WaitingPage,
} from './batches.js';
export type { SharedSettings } from './shared-settings.js';
export type { Wake } from './wake.js';
export type { PartitionHealth, UnreportedLoss } from './partition-health.js';

/** The parts of the total of one counter, as the cache has them. A part that is not there is undefined. */
export interface CachedParts {
  /** Sum of the increments that are in no batch yet. */
  pending?: Int64String;
  /** Delta of the counter in the open batch. */
  batch?: Int64String;
  /** The persisted value, where it is cached. */
  base?: Int64String;
}

/** One atomic look at a partition. */
export interface Look {
  /** Seq of the last claim; absent where the partition was not set up yet. */
  fence?: number;
  /** The generation of the partition; it changes where Redis lost its memory, or went back in time. */
  generation?: string;
  /** Seq of the open batch; absent where there is none. */
  batchSeq?: number;
  /** The settings that the partition was set up with. */
  settings?: SharedSettings;
  /** How often `refresh()` dropped values; absent where it never did. */
  refreshes?: number;
  /** Parts of each counter, in the order of the names asked for. */
  parts: CachedParts[];
}

/** Persisted values to cache, with the state of partition and ledger by which they were read. */
export interface Fill {
  /** `Look.fence`, as seen before the values were read. */
  fence: number;
  /** `Look.generation`, as seen before the values were read. */
  generation: string;
  /** `Look.batchSeq`, as seen before the values were read. */
  batchSeq?: number;
  /** `Look.refreshes`, as seen before the values were read. */
  refreshes?: number;
  /** Seq of the ledger, read together with the values. */
  ledgerSeq: number;
  /** Persisted values by name. */
  values: ReadonlyMap<string, Int64String>;
}

/** What is wrong with a server, as it is set up. */
export interface StoreProblem {
  /** `unusable`: counting must not begin. `evicting`: only with the option `allowEviction`. `warning`: counting may begin. */
  kind: 'unusable' | 'evicting' | 'warning';
  /** What is wrong, and what to do. */
  message: string;
}

/**
 * Pending counts and the state of the partitions, which all processes share. Every method is one atomic step on one partition: it
 * happens as a whole or not at all, and no other step sees a part of it. A method that rejects may have happened; "repeatable"
 * says that it may be called again then. All reject with `CacheUnavailableError` where the store does not answer in time.
 */
export interface CounterCache {
  /** Whether calls of `add()` for several partitions that are made in one turn of the event loop cost little more than one. */
  readonly addsTogether?: boolean;
  /** Applies operations once for each client and seq: the same request again gets the first answer. */
  add(partition: number, request: AddRequest): Promise<AddAnswer>;
  /**
   * Hands out the open batch, unless another worker holds it. Where there is none, claims counters that are due: the seq of the
   * new batch is the next fence, and its nonce, made of the given one, is unlike that of any other claim. Repeatable.
   */
  claim(partition: number, request: ClaimRequest): Promise<ClaimAnswer>;
  /**
   * Keeps the open batch from other workers for `milliseconds` from now, if it is still this batch and this worker
   * holds it; 0 gives the batch up. This only saves work: a batch that two workers have is applied once. Repeatable.
   */
  hold(partition: number, batch: HeldBatch, milliseconds: number): Promise<void>;
  /** Drops the open batch if it is still this one, and caches its values. Repeatable. */
  acknowledge(partition: number, request: AckRequest): Promise<void>;
  /**
   * Has what is claimed from now on of a counter and its buckets moved to another counter, for a time. Undefined where the
   * partition was not set up yet: then nothing is moved. Repeatable.
   */
  move(partition: number, request: MoveRequest): Promise<Moved | undefined>;
  /** The first of these counters of which a key is known that was not taken back, see `AskedKey`; undefined if none. Repeatable. */
  knownKey(
    partition: number,
    counters: readonly string[],
    key: AskedKey,
  ): Promise<FoundKey | undefined>;
  /**
   * If the store went back in time, moves the open batch and all pending counts into a parcel, raises the fence to `ledgerSeq`,
   * begins a generation, and answers true. The store went back where the batch of this nonce is still open, and
   * the ledger has another batch of its seq; without a nonce, where the fence is below `ledgerSeq`. Repeatable.
   */
  park(
    partition: number,
    nonce: string | undefined,
    ledgerSeq: number,
    generation: string,
  ): Promise<boolean>;
  /**
   * Reserves, for a partition without a fence, the seq after that of the ledger; replaces an earlier reservation. Answers
   * the generation of the reservation, made of the given one and unlike that of any other call; undefined where the
   * partition has a fence. Repeatable.
   */
  reserve(
    partition: number,
    ledger: LedgerPosition,
    generation: string,
  ): Promise<string | undefined>;
  /** Makes the last reservation the fence, if it is of this generation. Answers whether this call did so. Repeatable. */
  seed(partition: number, generation: string): Promise<boolean>;
  /** Notes that the loss with which this generation began was reported. Repeatable. */
  reported(partition: number, generation: string): Promise<void>;
  /**
   * Drops the last answer to a client that sends no more. The seq of its last call stays known for a while, as a copy of that
   * call may still be on its way. Repeatable.
   */
  retire(partition: number, client: string): Promise<void>;
  /** The parts of these counters, and the state of the partition, at one moment. Repeatable. */
  look(partition: number, names: readonly string[]): Promise<Look>;
  /** Caches persisted values, unless a batch moved, or `refresh()` was called, since they were read. Repeatable. */
  fill(partition: number, fill: Fill): Promise<void>;
  /**
   * Drops all cached persisted values of a partition, as the database went back to older values: its ledger is at batch
   * `ledgerSeq`, and the batch `applied` was committed. Does nothing where batches were claimed or acknowledged meanwhile. Answers
   * whether the database has fewer batches and no process has reported that yet. Repeatable; then the answer is false.
   */
  forget(partition: number, applied: number, ledgerSeq: number): Promise<boolean>;
  /**
   * Drops the cached persisted values of these counters and of their buckets, page by page; without names, of all at once. Fills
   * of values that were read before the first page are not taken any more. Repeatable.
   */
  refresh(partition: number, names?: readonly string[], cursor?: string): Promise<Refreshed>;
  /** Makes pending counters due now: the named ones, or all, some thousand in each call. Repeatable. */
  hasten(partition: number, names?: readonly string[], mark?: number): Promise<Hastened>;
  /** Whether counters that were made due under this mark still wait, and which batch is open. Repeatable. */
  flushProgress(
    partition: number,
    mark: number,
    names?: readonly string[],
  ): Promise<{ waiting: boolean; batchSeq?: number }>;
  /** The id of the job that the partition asks for; undefined where it asks for none. Repeatable. */
  askedFor(partition: number): Promise<string | undefined>;
  /** Has the partition ask for a job now, as the job that it asked for before was lost. */
  wake(partition: number): Promise<Wake>;
  /**
   * Makes this process the one that sweeps, or keeps it so, for `milliseconds`; 0 gives that up. Where another process leads, the
   * first one that asks is its deputy, for twice that time. This only saves work. Repeatable.
   */
  lead(process: string, milliseconds: number): Promise<processes.Lead>;
  /**
   * Notes that a process is running, and its rules of windows as `rules()` does; without details, that it ends.
   * Forgets processes that have said nothing for ten minutes. Repeatable.
   */
  beat(
    process: string,
    details?: processes.ProcessDetails,
    rules?: processes.NotedRules,
  ): Promise<processes.Beat>;
  /** Processes that run. One that was killed stays for a while: its age grows. Repeatable. */
  processes(): Promise<processes.SeenProcess[]>;
  /**
   * Notes the rules of windows that this process has, on one line. Answers the different rules that other processes noted within
   * the last `remembered` milliseconds. Repeatable.
   */
  rules(own: string, remembered: number): Promise<processes.SeenRules[]>;
  /**
   * A text that tells this store from another one, until the store is emptied. Where it has none, it takes
   * `proposed`; undefined where nothing was proposed either. Repeatable.
   */
  identity(proposed?: string): Promise<string | undefined>;
  /** The note of the database that counts the namespace. Absent where processes do not share this store. */
  readonly databaseNotes?: ServerNotes;
  /** Removes what has expired, and answers the state of the partition. Repeatable. */
  sweep(partition: number): Promise<PartitionHealth>;
  /**
   * A page of the counters and buckets that wait to be persisted, pending or in the open batch, with what waits. One that waits
   * while all pages are read is on one of them; a moment later it may be on another one as well. Where fence and generation are the
   * same on all pages, no batch was claimed meanwhile. Repeatable.
   */
  waiting(partition: number, which: WaitingNames, cursor?: string): Promise<WaitingPage>;
  /** The parcels of a partition. Repeatable. */
  parcels(partition: number): Promise<Parcel[]>;
  /** One page of a parcel. An entry that stays in the parcel while all pages are read is on one of them. Repeatable. */
  openParcel(
    partition: number,
    id: string,
    cursor?: string,
    /** Asks only for entries whose field begins with this; a page may have a few others. */
    prefix?: string,
  ): Promise<ParcelPage>;
  /** Adds entries of a parcel to the pending counts, due now. Leaves those that have changed since they were read. Repeatable. */
  replay(partition: number, id: string, entries: readonly SeenEntry[]): Promise<Replay>;
  /** Drops entries of a parcel. Answers those that it left, as they have changed since they were read, or are gone. Repeatable. */
  discard(partition: number, id: string, entries: readonly SeenEntry[]): Promise<ChangedEntry[]>;
  /** What is wrong with the store as it is set up. */
  inspect(): Promise<StoreProblem[]>;
  /** Closes connections that no call is using; the next call opens another one. */
  rest?(): void;
  /** Closes the connections of the cache for good: later calls reject. */
  close(): Promise<void>;
}
