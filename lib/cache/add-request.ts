import type { Int64String } from '../words/int64.js';
import type { SharedSettings } from './shared-settings.js';
import type { Wake } from './wake.js';

/** One operation of an `add` call. Operations are executed in the order of the request. */
export interface Operation {
  /**
   * `add` adds `value`, `set` makes the total `value`, and `delete` makes the total zero and marks the row for removal, and those of
   * its buckets: then no key of the counter is known any more. `undo` takes back what was counted under the key `once`, from the buckets too.
   */
  kind: 'add' | 'set' | 'delete' | 'undo';
  /** The counter. */
  name: string;
  /** What is added or set. */
  value: Int64String;
  /** Milliseconds within which the operation is to be persisted. */
  interval: number;
  /** Of `add`: whether to answer the total too. Then nothing is added where the total is not known. */
  total: boolean;
  /** Under a key that is known, nothing is added. */
  idempotencyKey?: string | undefined;
  /** Of `add`: nothing is added where this key counted and is still known. Of `undo`: the key. */
  once?: OnceKey | undefined;
  /** Of `add`: the row of the outbox that it counts, which is counted once, also where the counter was deleted since. */
  row?: CountedRow | undefined;
  /** Of `add` and `undo` with a key: whether it was looked for where the counters that were moved to this one had their keys. */
  isAskedFor?: boolean | undefined;
  /** Of `add` and `delete`: the buckets of the counter that it holds for as well, all or none, by the suffixes of their names. */
  buckets?: readonly string[] | undefined;
  /** Of `add`: nothing is added where the total would leave these bounds. */
  bounds?: Bounds | undefined;
}

/** A key that is looked up: one of the three. */
export interface AskedKey extends Pick<Operation, 'idempotencyKey' | 'once'> {
  /** The key of a row of the outbox. */
  row?: Pick<CountedRow, 'id'> | undefined;
  /** Of `once`: what was counted under the key is to be taken back from another counter, and nobody else does so from then on. */
  taken?: Taken | undefined;
  /** Of `taken`: that is done. Then the first counter is answered of which it was not noted yet. */
  done?: boolean | undefined;
}

/** A row of the outbox, as the key of its increment. */
export interface CountedRow {
  /** Of the row. */
  readonly id: string;
  /** Milliseconds since 1970, by the clock of this process. It is not sent later: by then nobody may know whether it was counted. */
  readonly notAfter: number;
}

/** How what was counted under a key of a counter is taken back, when the counts went on to another counter. */
export interface Taken {
  /** That counter. */
  from: string;
  /** Who does so: a text that nobody else has. */
  by: string;
}

/** A key under which a counter counts once. */
export interface OnceKey {
  /** Of the caller. The cache keeps a digest. */
  readonly key: string;
  /** Of `add`: for how many milliseconds the key is known. */
  readonly within?: number;
}

/** Bounds of the total of a counter, or of one of its buckets; then that is the total which is answered. */
export interface Bounds {
  /** The lowest total that is allowed. */
  min?: Int64String;
  /** The highest total that is allowed. */
  max?: Int64String;
  /** Suffix of the bucket; absent where the total of the counter is bounded. */
  bucket?: string;
}

/** What became of one operation; operations without an outcome of their own were applied. */
export type Outcome =
  /** Not applied: pending or total would leave the 64-bit range. */
  | { kind: 'overflow' }
  /**
   * Not applied: the persisted part is not cached, and needed for a total or near the range's end. Of `undo` and `delete`: of the
   * counter, or of one of these buckets.
   */
  | { kind: 'cold'; buckets?: readonly string[] }
  /** Not applied: an operation of the same counter before it in this call was cold. */
  | { kind: 'behind' }
  /** Not applied now, because it was before: the idempotency key is known. */
  | { kind: 'duplicate' }
  /** Not applied: the idempotency key is known with another delta. */
  | { kind: 'conflict' }
  /** Not applied: the key is not known here, and may be known of one of these counters, which were moved to this one. */
  | { kind: 'moved'; from: readonly string[] }
  /** Not applied: the key that counts once is known. */
  | { kind: 'known' }
  /** Nothing to take back: the key did not count, or is no longer known. */
  | { kind: 'unknown' }
  /** Not applied: the total would leave the bounds. The parts as they are. */
  | { kind: 'bounded'; base: Int64String; batch: Int64String; pending: Int64String }
  /** Applied; for `add` the pending part after it, for `set` and `delete` before it. */
  | { kind: 'total'; base: Int64String; batch: Int64String; pending: Int64String };

/** One call of a client to a partition. */
export interface AddRequest {
  /** Names the client: a call is recognised by client and seq. */
  client: string;
  /** Number of the call. The calls of a client to a partition are numbered upwards, one by one. */
  seq: number;
  /** The generation of the partition that the client knows. */
  generation: string;
  /** Seq of the last call that was applied in this generation, as far as the client knows. */
  acknowledged?: number;
  /** Whether an earlier attempt of this call may have been applied. */
  uncertain?: boolean;
  /** The operations, in their order. */
  operations: readonly Operation[];
  /** Whether no two operations are of the same counter; then they may be applied together. */
  distinct?: boolean;
}

/** What became of a call. */
export type AddAnswer =
  /**
   * `wake`: a job is to be made. `lost`: the cache has forgotten calls of this sender that it had
   * acknowledged. `uncertain`: the try that was applied, this one or an earlier, was an `uncertain` one: the
   * cache may have forgotten another.
   */
  | {
      status: 'applied';
      outcomes: ReadonlyMap<number, Outcome>;
      wake?: Wake;
      lost?: boolean;
      uncertain?: boolean;
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
