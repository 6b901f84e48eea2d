import type { Int64String } from '../words/int64.js';
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
