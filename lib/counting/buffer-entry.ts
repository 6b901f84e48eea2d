import { bucketName } from '../cache/bucket-name.js';
import type { Bounds, Operation } from '../cache/counter-cache.js';
import type { Moment, WindowSet } from './windows.js';
import { INT64_MAX, INT64_MIN } from '../cache/int64.js';

/** A promise with its handles; a rejection that nobody awaits does not end the process. */
export interface Deferred<Value> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (error: unknown) => void;
}

export function defer<Value>(): Deferred<Value> {
  let resolve!: (value: Value) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return {
    promise,
    resolve,
    reject: (error) => {
      // not when it is made: almost all are fulfilled
      promise.catch(() => undefined);
      reject(error);
    },
  };
}

/** One who asked for the total: `after` is the entry's sum just behind this increment. */
export interface TotalCaller extends Deferred<bigint> {
  delta: bigint;
  after: bigint;
}

export interface EntryWindows {
  /** What the counter is kept per. */
  set: WindowSet;
  /** When its increments were made. */
  moment: Moment;
}

export interface EntrySettings {
  idempotencyKey?: string;
  windows?: EntryWindows;
  bounds?: Bounds;
  /** True by default. */
  awaited?: boolean;
}

/**
 * What gathers for one counter until it is sent: the sum of many increments, or one `set` or
 * `delete`. All plain increments of an entry share one promise.
 */
export class BufferEntry {
  /** Of plain increments; fulfilled when the cache has them. */
  acknowledged: Deferred<undefined> = defer();
  /** Those who wait for a total, in the order of their calls. */
  totals: TotalCaller[] = [];
  /** Places that it takes in the buffer. */
  slots = 1;
  /** Whether the bounds kept it from being counted. */
  refused = false;
  /** How often the base was not cached when this entry came. */
  coldAnswers = 0;
  /** Whether somebody waits for it to be sent. */
  awaited: boolean;
  readonly idempotencyKey?: string;
  readonly windows?: EntryWindows;
  readonly bounds?: Bounds;
  /** Its place among the unsettled entries of its lane. */
  order = 0;
  previous?: BufferEntry = undefined;
  next?: BufferEntry = undefined;

  private replacing?: Deferred<bigint>;
  private sum = 0;
  private bigSum = 0n;

  constructor(
    readonly kind: Operation['kind'],
    readonly name: string,
    readonly partition: number,
    public interval: number,
    /** When the oldest caller began to wait, in `performance.now()` milliseconds. */
    public since: number,
    { idempotencyKey, windows, bounds, awaited = true }: EntrySettings = {},
  ) {
    this.idempotencyKey = idempotencyKey;
    this.windows = windows;
    this.bounds = bounds;
    this.awaited = awaited;
  }

  /** An idempotency key, and bounds, are about one increment. */
  get isJoinable(): boolean {
    return this.idempotencyKey === undefined && this.bounds === undefined;
  }

  /** Whether increments of now go to the same buckets. */
  isCurrent(): boolean {
    if (this.windows === undefined) return true;
    const { start, end } = this.windows.moment;
    const now = Date.now();
    return now >= start && now < end;
  }

  /** The counter and its buckets, by the names that the cache has for them. */
  get names(): string[] {
    const suffixes = this.windows?.moment.suffixes ?? [];
    return [this.name, ...suffixes.map((suffix) => bucketName(this.name, suffix))];
  }

  /** Whose total the callers are told. */
  get shown(): string {
    const { name, bounds } = this;
    return bounds?.bucket === undefined ? name : bucketName(name, bounds.bucket);
  }

  /** False, and nothing added, when the sum would leave the 64-bit range. */
  add(delta: number | bigint): boolean {
    if (typeof delta === 'number' && this.bigSum === 0n) {
      const sum = this.sum + delta;
      if (Number.isSafeInteger(sum)) {
        this.sum = sum;
        return true;
      }
    }
    const total = this.total + BigInt(delta);
    if (total < INT64_MIN || total > INT64_MAX) return false;
    this.bigSum = total;
    this.sum = 0;
    return true;
  }

  /** Of `set` and `delete`: the total before. */
  get replaced(): Deferred<bigint> {
    return (this.replacing ??= defer());
  }

  get total(): bigint {
    return this.bigSum + BigInt(this.sum);
  }

  toOperation(): Operation {
    return {
      kind: this.kind,
      name: this.name,
      value: this.bigSum === 0n ? String(this.sum) : String(this.total),
      interval: this.interval,
      total: this.totals.length > 0,
      idempotencyKey: this.idempotencyKey,
      buckets: this.windows?.moment.suffixes,
      bounds: this.bounds,
    };
  }

  /** Tells those who wait for a total, given that of the cache just after this entry. */
  answer(total: bigint): void {
    const before = total - this.total;
    for (const caller of this.totals) caller.resolve(before + caller.after);
    this.replacing?.resolve(total);
  }

  /** Tells the caller that it would leave the bounds, and the total as it is. */
  refuse(total: bigint): void {
    this.refused = true;
    for (const caller of this.totals) caller.resolve(total);
  }

  /** Tells those who wait for a total that theirs was not counted, and takes out what they added. */
  dropTotals(error: unknown): void {
    const dropped = this.totals.reduce((sum, { delta }) => sum + delta, 0n);
    this.bigSum = this.total - dropped;
    this.sum = 0;
    for (const caller of this.totals) caller.reject(error);
    this.totals = [];
  }

  /** Tells everybody who waits; those who come later wait anew. */
  reject(error: unknown, now: number): void {
    this.acknowledged.reject(error);
    this.acknowledged = defer();
    this.since = now;
    this.replacing?.reject(error);
    for (const caller of this.totals) caller.reject(error);
  }
}
