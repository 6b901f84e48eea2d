import type { Int64String } from '../words/int64.js';
import type { SharedSettings } from './shared-settings.js';
import type { Wake } from './wake.js';

/**
 * One entry of an `add` call, executed in the order of the request.
 * - `add` adds `value`; with `total` it also answers the total, and is not applied when that is unknown.
 *   With `buckets` it adds to those of the counter as well, all or none. With `bounds` it is not
 *   applied when the total would leave them; and `total` is that which they bound.
 * - `set` makes the total `value`; `delete` makes it zero and marks the row for removal.
 */
export interface Operation {
  kind: 'add' | 'set' | 'delete';
  name: string;
  value: Int64String;
  /** Milliseconds until it is to be persisted. */
  interval: number;
  total: boolean;
  idempotencyKey?: string | undefined;
  /** Suffixes of their names. */
  buckets?: readonly string[] | undefined;
  bounds?: Bounds | undefined;
}

/** Between which the total has to stay, or that of one of the operation's buckets. */
export interface Bounds {
  min?: Int64String;
  max?: Int64String;
  bucket?: string;
}

/** What became of one operation; operations without an outcome of their own were applied. */
export type Outcome =
  /** Not applied: pending or total would leave the 64-bit range. */
  | { kind: 'overflow' }
  /** Not applied: the persisted part is not cached, and needed for a total or near the range's end. */
  | { kind: 'cold' }
  /** Not applied: an operation of the same counter before it in this call was cold. */
  | { kind: 'behind' }
  /** Not applied now, because it was before: the idempotency key is known. */
  | { kind: 'duplicate' }
  /** Not applied: the idempotency key is known with another delta. */
  | { kind: 'conflict' }
  /** Not applied: the total would leave the bounds. The parts as they are. */
  | { kind: 'bounded'; base: Int64String; batch: Int64String; pending: Int64String }
  /** Applied; for `add` the pending part after it, for `set` and `delete` before it. */
  | { kind: 'total'; base: Int64String; batch: Int64String; pending: Int64String };

export interface AddRequest {
  /** Identifies the sender for the dedupe; its sequence numbers go up by one. */
  client: string;
  seq: number;
  /** The generation that the sender knows. */
  generation: string;
  /** The last seq of this sender that was applied in this generation, as far as it knows. */
  acknowledged?: number;
  /** An earlier try of this request may have been applied. */
  repeated?: boolean;
  operations: readonly Operation[];
  /** Whether no two of them are of one counter; then they may be applied together. */
  distinct?: boolean;
}

export type AddAnswer =
  /**
   * `wake`: a job is to be made. `lost`: the cache has forgotten calls of this sender that it had
   * acknowledged. `repeated`: the try that was applied, this one or an earlier, was a `repeated` one: the
   * cache may have forgotten another.
   */
  | {
      status: 'applied';
      outcomes: ReadonlyMap<number, Outcome>;
      wake?: Wake;
      lost?: boolean;
      repeated?: boolean;
    }
  /** Nothing applied: the partition has no fence yet. */
  | { status: 'unseeded' }
  /** Nothing applied: the partition is in another generation. */
  | { status: 'generation'; generation: string }
  /** Nothing applied: the partition was seeded with other settings. */
  | { status: 'settings'; settings: SharedSettings }
  /** Nothing applied: a later seq of this client was applied already. */
  | { status: 'stale' }
  /** The first try of this seq was cut off half-way: what it applied is unknown. */
  | { status: 'interrupted' };
