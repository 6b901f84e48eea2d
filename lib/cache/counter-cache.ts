import type { ServerNotes } from '../words/server-notes.js';
import type { AddAnswer, AddRequest } from './add-request.js';
import type { Int64String } from '../words/int64.js';
import type { PartitionHealth } from './partition-health.js';
import type { Parcel, ParcelPage, Refusal, Replay } from './parcels.js';
import type { SharedSettings } from './shared-settings.js';
import type { Wake } from './wake.js';
import type { SeenRules } from './seen-rules.js';
import type { SeenWorker, WorkerDetails } from './workers.js';

export type { AddAnswer, AddRequest, Bounds, Operation, Outcome } from './add-request.js';
export type { SharedSettings } from './shared-settings.js';
export type { Wake } from './wake.js';
export type { PartitionHealth, UnreportedLoss } from './partition-health.js';

export interface BatchEntry {
  name: string;
  delta: Int64String;
  /** Remove the row if it comes to zero. */
  remove: boolean;
  /**
   * Of a `set()` or `delete()`: what the row holds, by what the cache knew when it computed the delta. The row is to come
   * to the sum of both, whatever it holds.
   */
  expected?: Int64String;
}

/** Claimed counters of one partition, applied to the database as a whole. */
export interface Batch {
  seq: number;
  nonce: string;
  entries: BatchEntry[];
}

export interface ClaimRequest {
  /** Counters in a batch at most. */
  limit: number;
  /** Random: part of the nonce of a batch that is claimed now. */
  nonce: string;
  /** Who holds the batch then; see `hold()`. */
  holder: string;
  /** The job that this run came by, at its first claim: then the next job may be asked for. */
  wake?: string;
}

export type ClaimAnswer =
  | { status: 'batch'; batch: Batch }
  /** Another holds the open batch, for so many milliseconds more unless that is prolonged. */
  | { status: 'held'; leftFor: number }
  /** Nothing is due; `wake`: a job is to be made for what is due next. */
  | { status: 'idle'; wake?: Wake }
  | { status: 'unseeded' };

export interface HeldBatch {
  nonce: string;
  holder: string;
}

export interface AckRequest {
  nonce: string;
  /** Persisted values after the batch, of every counter that was neither left out nor refused. */
  values: ReadonlyMap<string, Int64String>;
  /** Counters of the batch whose row would have left the 64-bit range. */
  leftOut: readonly string[];
  /** Those whose row the database refuses. */
  refused?: readonly Refusal[];
}

/** One counter in the cache; an absent part is undefined. */
export interface CachedParts {
  pending?: Int64String;
  batch?: Int64String;
  base?: Int64String;
}

/** One atomic look at a partition. */
export interface Look {
  /** Absent: the partition is not seeded. */
  fence?: number;
  generation?: string;
  /** Seq of the open batch. */
  batchSeq?: number;
  /** What the partition was seeded with. */
  settings?: SharedSettings;
  /** In the order of the names asked for. */
  parts: CachedParts[];
}

/** Persisted values, with what was seen when they were read. */
export interface Fill {
  fence: number;
  generation: string;
  batchSeq?: number;
  ledgerSeq: number;
  values: ReadonlyMap<string, Int64String>;
}

/** Names hastened by one flush, and the time that tells them from later increments. */
export interface Hastened {
  mark: number;
  /** More names remain to be hastened with the same mark. */
  more: boolean;
  /** A job is to be made. */
  wake?: Wake;
}

/** Where the ledger of a partition stands: the last batch, or the generation of a reservation. */
export interface LedgerPosition {
  seq: number;
  nonce: string;
}

/** Something about the store that endangers counts; `evicting` may be allowed, `unusable` may not. */
export interface StoreProblem {
  kind: 'unusable' | 'evicting' | 'warning';
  message: string;
}

/**
 * What the partitions' shared state can do. Every method is one atomic step on one partition: it
 * happens as a whole or not at all, and no other step is seen half-way. A method that rejects may
 * have happened; which ones may then be repeated is said at each. All reject with
 * `CacheUnavailableError` when the store does not answer in time.
 */
export interface CounterCache {
  /** Applies operations once per (client, seq): repeating the same request answers the first answer. */
  add(partition: number, request: AddRequest): Promise<AddAnswer>;
  /**
   * Hands out the open batch unless another holds it; else claims what is due under the next fence, and
   * under a nonce that is made of the one given and unlike that of any other claim. Repeatable.
   */
  claim(partition: number, request: ClaimRequest): Promise<ClaimAnswer>;
  /**
   * Keeps the open batch from others for so many milliseconds from now, if it is still this one and this
   * holder has it; 0 gives it up. It only paces: a batch that two have is applied once. Repeatable.
   */
  hold(partition: number, batch: HeldBatch, milliseconds: number): Promise<void>;
  /** Drops the open batch if it is still this one. Repeatable. */
  acknowledge(partition: number, request: AckRequest): Promise<void>;
  /**
   * If Redis went back in time, moves batch and pending into a parcel, raises the fence to the ledger's seq,
   * changes the generation and answers true. It went back when the batch of this nonce, whose seq the
   * ledger knows for another batch, is still open; without a nonce, when the fence is below the
   * ledger's seq. Repeatable.
   */
  park(
    partition: number,
    nonce: string | undefined,
    ledgerSeq: number,
    generation: string,
  ): Promise<boolean>;
  /**
   * Notes that a partition without a fence is to be seeded with the seq after the ledger's, in place of
   * what was noted before.
   * Answers the generation, made of the one given and unlike that of any other execution; undefined
   * when there is a fence. Repeatable.
   */
  reserve(
    partition: number,
    ledger: LedgerPosition,
    generation: string,
  ): Promise<string | undefined>;
  /** Sets fence and generation if this reservation is the last; false if not, or done. Repeatable. */
  seed(partition: number, generation: string): Promise<boolean>;
  /** Says that what was lost when this generation began is reported. Repeatable. */
  reported(partition: number, generation: string): Promise<void>;
  /**
   * Drops the last answer to a sender that sends no more. What it sent stays known for a while: a copy
   * may still be on its way. Repeatable.
   */
  retire(partition: number, client: string): Promise<void>;
  look(partition: number, names: readonly string[]): Promise<Look>;
  /** Caches persisted values, unless batches moved since they were read. Repeatable. */
  fill(partition: number, fill: Fill): Promise<void>;
  /**
   * Drops what is cached of persisted values, as the database may have gone back to older ones: it stands at batch
   * `ledgerSeq`, and `applied` is the last that it was to have. Nothing happens if batches moved meanwhile. Answers whether
   * it has less, and nobody has told that. Repeatable, but for the answer.
   */
  forget(partition: number, applied: number, ledgerSeq: number): Promise<boolean>;
  /** Makes pending counters due now: those named, or all, some thousand a call. Repeatable. */
  hasten(partition: number, names?: readonly string[], mark?: number): Promise<Hastened>;
  /** Whether anything hastened under the mark still waits, and which batch is open. */
  flushProgress(
    partition: number,
    mark: number,
    names?: readonly string[],
  ): Promise<{ waiting: boolean; batchSeq?: number }>;
  /** The id of the job that is asked for now. */
  askedFor(partition: number): Promise<string | undefined>;
  /** Asks for a job now, whatever was asked for before: that job is lost. */
  wake(partition: number): Promise<Wake>;
  /**
   * Makes this process the one that sweeps, or keeps it so, for so many milliseconds; 0 gives it up. Answers 0
   * when it leads now, else for how many milliseconds another does. It only paces. Repeatable.
   */
  lead(process: string, milliseconds: number): Promise<number>;
  /** Says that a process which persists lives, or without details that it ends. Forgets those of long ago. Repeatable. */
  beat(process: string, details?: WorkerDetails): Promise<void>;
  /** Processes that persist. One that ended without a word stays for a while: its age tells. */
  workers(): Promise<SeenWorker[]>;
  /**
   * Says what rules this process has, on one line, and answers which others were said within so many milliseconds.
   * Repeatable.
   */
  rules(own: string, remembered: number): Promise<SeenRules[]>;
  /**
   * What tells this store of counts from another one, as long as it is not emptied. `proposed` is it where there is none.
   * Repeatable.
   */
  identity(proposed?: string): Promise<string | undefined>;
  /** In which database the namespace is counted. Where processes share what is here. */
  readonly databaseNotes?: ServerNotes;
  /** Prunes what has expired and tells how the partition is. */
  sweep(partition: number): Promise<PartitionHealth>;
  parcels(partition: number): Promise<Parcel[]>;
  /** What is there throughout is on some page, if all are read. */
  openParcel(
    partition: number,
    id: string,
    cursor?: string,
    /** Only entries whose field begins with it, and perhaps a few others. */
    prefix?: string,
  ): Promise<ParcelPage>;
  /** Moves entries of a parcel to what is pending, due now. Repeatable: passes over what is gone. */
  replay(partition: number, id: string, fields: readonly string[]): Promise<Replay>;
  /** Drops entries of a parcel, and answers how many that were. Repeatable. */
  discard(partition: number, id: string, fields: readonly string[]): Promise<number>;
  /** What speaks against keeping counts in this store, as it is set up. */
  inspect(): Promise<StoreProblem[]>;
  /** Closes connections that nothing is under way on; the next call makes another. */
  rest?(): void;
  /** Releases what the cache owns; calls after it reject. */
  close(): Promise<void>;
}
