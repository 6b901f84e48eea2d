import type { Int64String } from '../words/int64.js';
import type { Taken } from './add-request.js';
import type { Refusal } from './parcels.js';
import type { Wake } from './wake.js';

/** One counter of a batch, or one of its buckets. */
export interface BatchEntry {
  /** Name of the counter, or of its bucket. */
  name: string;
  /** How much is added to the row. */
  delta: Int64String;
  /** Whether to remove the row if it comes to zero. */
  remove: boolean;
  /**
   * Of a `set()` or `delete()`: the value of the row by which the cache computed the delta. The row is to come to the sum of
   * both, whatever it holds.
   */
  expected?: Int64String;
  /** The counter that gets what the row holds after the addition, and of a bucket its bucket: then the row is removed. */
  moveTo?: string;
}

/** Claimed counters of one partition, applied to the database as a whole. */
export interface Batch {
  /** Number of the batch: the fence of its claim. */
  seq: number;
  /** Random text that tells the batch from another one of the same seq. */
  nonce: string;
  /** The counters, each once. */
  entries: BatchEntry[];
}

/** What is asked for by `move()`. */
export interface MoveRequest {
  /** The counter whose counts go elsewhere. */
  counter: string;
  /** The counter that gets them. */
  to: string;
  /** For how many milliseconds; absent: no longer. */
  lasting?: number | 'as it is' | undefined;
  /**
   * Of the counter that gets them: those that were moved to it, as `move()` answered them, the latest first, and until when their keys may
   * be known. With those that were moved to it before, the latest hundred are kept.
   */
  former?: { names: readonly string[]; until: number } | undefined;
  /** Of the counter and its buckets, those that become due now, whether or not something is pending of them. */
  names?: readonly string[] | undefined;
}

/** What came of `move()`. */
export interface Moved {
  /** The job that is to be sent for what became due. */
  wake?: Wake | undefined;
  /**
   * The counter whose counts go elsewhere, and those that were moved to it before: each as it was then, for a later counter may have its
   * name; and until when keys of it or them may be known.
   */
  former?: { names: readonly string[]; until: number } | undefined;
}

/** A key of a counter that is known. */
export interface FoundKey {
  /** The counter. */
  counter: string;
  /** What was counted under the key. */
  delta: Int64String;
  /** Of a key that counts once. */
  once?:
    | {
        /** The buckets that it counted in, by the suffixes of their names. */
        buckets?: readonly string[] | undefined;
        /** In how many milliseconds the key expires. */
        within: number;
        /** How it is taken back, as was noted first. */
        taken?: Taken | undefined;
      }
    | undefined;
}

/** What a worker asks for by `claim()`. */
export interface ClaimRequest {
  /** Counters in a batch at most. */
  limit: number;
  /** A random text: part of the nonce of a batch that is claimed now. */
  nonce: string;
  /** The worker that holds the batch then; see `hold()`. */
  holder: string;
  /** Id of the job that the worker took, at its first claim: then the partition may ask for the next job. */
  wake?: string;
}

/** What became of a `claim()`. */
export type ClaimAnswer =
  /** The batch is to be applied. */
  | { status: 'batch'; batch: Batch }
  /** Another worker holds the open batch, for `leftFor` milliseconds more unless it prolongs that. */
  | { status: 'held'; leftFor: number }
  /** Nothing is due. `wake` is a job that is to be sent for the counters that are due next. */
  | { status: 'idle'; wake?: Wake }
  /** The partition was not set up yet. */
  | { status: 'unseeded' };

/** A batch and the worker that holds it. */
export interface HeldBatch {
  /** Nonce of the batch. */
  nonce: string;
  /** The worker. */
  holder: string;
}

/** Names of counters or, with the digit of a window, of their buckets; see `bucketName()`. */
export interface WaitingNames {
  /** Only those that begin with this. */
  prefix: string;
  /** The window, as buckets name it, or '' for each of them; absent for counters. */
  window?: string;
}

/** A page of what waits to be persisted. */
export interface WaitingPage {
  /** Counters or buckets, and what waits of each; `claimed` in the open batch. */
  entries: { name: string; delta: Int64String; claimed?: boolean }[];
  /** Seq of the last claim when this page was read; absent where the partition was not set up yet. */
  fence?: number | undefined;
  /** The generation of the partition then. */
  generation?: string | undefined;
  /** Seq of the open batch then; absent where there was none. */
  batchSeq?: number | undefined;
  /** Of the next page; absent on the last one. */
  cursor?: string | undefined;
}

/** What a page of `refresh()` answers. */
export interface Refreshed {
  /** Counters and buckets whose value stays known until it is filled, as it was near the end of the 64-bit range. */
  near: readonly string[];
  /** Of the next page; absent on the last one. */
  cursor?: string | undefined;
}

/** Counters that a flush made due. */
export interface Hastened {
  /** Tells them from later increments: for the next call of the same flush, and for `flushProgress()`. */
  mark: number;
  /** Whether counters remain to be made due, by another call with the same mark. */
  more: boolean;
  /** The job that is to be sent, if the partition asks for one. */
  wake?: Wake;
}

/** Where the ledger of a partition stands: at its last batch, or at the last reservation of a seeder. */
export interface LedgerPosition {
  /** Seq of that batch; 0 before the first. */
  seq: number;
  /** Nonce of that batch, or generation of that reservation. */
  nonce: string;
}

/** What the database made of a batch. */
export interface AckRequest {
  /** Nonce of the batch. */
  nonce: string;
  /** Persisted values after the batch, of every counter that was neither left out nor refused. */
  values: ReadonlyMap<string, Int64String>;
  /** Counters of the batch whose row would have left the signed 64-bit range. */
  leftOut: readonly string[];
  /** Counters of the batch whose row the database refuses. */
  refused?: readonly Refusal[];
}
