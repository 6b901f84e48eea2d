import { hasKey } from '../../cache/key-digest.js';
import { bucketName } from '../../words/bucket-name.js';
import type { Bounds, CountedRow, OnceKey, Operation } from '../../cache/counter-cache.js';
import type { Deletion, EntrySettings, EntryWindows } from './entry-settings.js';
import { INT64_MAX, INT64_MIN, type Int64String } from '../../words/int64.js';
import { defer, type Deferred } from './deferred.js';
import { NOBODY, type TotalCaller } from './total-caller.js';
import type { WindowSet } from '../../windows/windows.js';

/** A counter that this process counts; what follows from its name is found once. */
export interface KnownCounter {
  readonly name: string;
  readonly partition: number;
  /** What it is always kept per. */
  readonly windows?: WindowSet;
  /** The entry that its increments join. */
  open?: BufferEntry;
  /** Entries that wait for its base, and those behind them, in the order of the calls. */
  waitingForBase?: BufferEntry[];
  /** Entries of it that are not settled. */
  unsettledEntries: number;
  /** For how many of these its deletions wait. */
  deletions?: Deletion[] | undefined;
  /** The call of its lane that it was part of last. */
  call: number;
}

const NO_SETTINGS: EntrySettings = {};

/**
 * What gathers for one counter until it is sent: the sum of many increments, or one `set` or
 * `delete`. All plain increments of an entry share one promise. Once it is taken from the buffer
 * nothing joins it, and it is the operation of a call as it is.
 */
export class BufferEntry implements Operation {
  /** Those who wait for a total, in the order of their calls. */
  totals: TotalCaller[] = NOBODY;
  /** Places that it takes in the buffer. */
  slots = 1;
  /** Whether the bounds, or the key `once`, kept it from being applied. */
  refused = false;
  /** How often the base was not cached when this entry came. */
  coldAnswers = 0;
  /** Whether somebody waits for it to be sent. */
  awaited: boolean;
  readonly idempotencyKey?: string;
  readonly once?: OnceKey;
  readonly row?: CountedRow;
  /** Whether its key was looked for under former names of the counter. */
  isAskedFor: boolean;
  /** Whether it is sent though others of its counter are held: it is part of one that these wait behind. */
  readonly goesPast: boolean;
  readonly windows?: EntryWindows;
  readonly bounds?: Bounds;
  /** Of `undo`: the buckets that its key counted in, once the cache has told them. Of `delete`: those that it deletes too. */
  foundBuckets?: readonly string[] = undefined;
  /** Of `delete`: buckets beyond these; absent until they were looked for. */
  furtherBuckets?: readonly string[] = undefined;
  /** Of `delete`: resolves when what was called before is settled. */
  behind?: Promise<undefined> = undefined;
  isSettled = false;
  /** Its place among those that were added to its lane. */
  order = 0;
  /** When the oldest caller began to wait, in `performance.now()` milliseconds. */
  since = performance.now();
  readonly created = this.since;
  /** How many were added. */
  increments = 0;
  /** Callers of these who were told of an error. */
  private told = 0;

  private replacing?: Deferred<bigint> = undefined;
  private promise?: Promise<void> = undefined;
  private fulfil?: () => void = undefined;
  private fail?: (error: unknown) => void = undefined;
  private small = 0;
  private large?: bigint = undefined;

  constructor(
    readonly kind: Operation['kind'],
    readonly counter: KnownCounter,
    public interval: number,
    settings = NO_SETTINGS,
  ) {
    this.idempotencyKey = settings.idempotencyKey;
    this.once = settings.once;
    this.row = settings.row;
    this.windows = settings.windows;
    this.bounds = settings.bounds;
    this.awaited = settings.awaited ?? true;
    this.isAskedFor = settings.isAskedFor ?? this.row !== undefined;
    this.goesPast = settings.goesPast ?? false;
  }

  get name(): string {
    return this.counter.name;
  }

  /** Of plain increments; fulfilled when the cache has them. */
  get acknowledged(): Promise<void> {
    // apart: a function with closures allocates for them whenever it is called
    return (this.promise ??= this.promised());
  }

  private promised(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.fulfil = resolve;
      this.fail = reject;
    });
  }

  /** Callers who were told of no error. */
  get waiting(): number {
    return this.increments - this.told;
  }

  acknowledge(): void {
    this.fulfil?.();
  }

  /** Nothing joins it any more. */
  close(): void {
    if (this.counter.open === this) this.counter.open = undefined;
  }

  /** Whether plain increments may join. A key, and bounds, are about one increment. */
  get isJoinable(): boolean {
    return this.kind === 'add' && this.bounds === undefined && !hasKey(this);
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
    const buckets = this.foundBuckets ?? this.buckets ?? [];
    return [this.name, ...buckets.map((suffix) => bucketName(this.name, suffix))];
  }

  /** Whose total the callers are told. */
  get shown(): string {
    const { name, bounds } = this;
    return bounds?.bucket === undefined ? name : bucketName(name, bounds.bucket);
  }

  /** False, and nothing added, when the sum would leave the 64-bit range. */
  add(delta: number | bigint, callers = 1): boolean {
    if (typeof delta === 'number' && this.large === undefined) {
      const sum = this.small + delta;
      if (Number.isSafeInteger(sum)) {
        this.small = sum;
        this.increments += callers;
        return true;
      }
    }
    const sum = this.sum + BigInt(delta);
    if (sum < INT64_MIN || sum > INT64_MAX) return false;
    this.large = sum;
    this.increments += callers;
    return true;
  }

  /** Of `set` and `delete`: the total before. */
  get replaced(): Deferred<bigint> {
    return (this.replacing ??= defer());
  }

  get sum(): bigint {
    return this.large ?? BigInt(this.small);
  }

  get value(): Int64String {
    return String(this.large ?? this.small);
  }

  /** Whether somebody waits for the total. */
  get total(): boolean {
    return this.totals.length > 0;
  }

  get buckets(): readonly string[] | undefined {
    return this.kind === 'delete' ? this.foundBuckets : this.windows?.moment.suffixes;
  }

  /** One more who waits for the total. */
  addCaller(delta: bigint): Promise<bigint> {
    const caller = { ...defer<bigint>(), delta, after: this.sum };
    if (this.totals === NOBODY) this.totals = [caller];
    else this.totals.push(caller);
    return caller.promise;
  }

  /** Tells those who wait for a total, given that of the cache just after this entry. */
  answer(total: bigint): void {
    const before = total - this.sum;
    for (const caller of this.totals) caller.resolve(before + caller.after);
    this.replacing?.resolve(total);
  }

  /** Tells the caller that it would leave the bounds, and the total as it is. */
  refuse(total: bigint): void {
    this.refused = true;
    for (const caller of this.totals) caller.resolve(total);
  }

  /** Tells those who wait for a total that theirs was not counted, and takes out what they added; answers how many. */
  dropTotals(error: unknown): number {
    const { length } = this.totals;
    const dropped = this.totals.reduce((sum, { delta }) => sum + delta, 0n);
    this.large = this.sum - dropped;
    for (const caller of this.totals) caller.reject(error);
    this.totals = NOBODY;
    // they may have been told of a delay
    const callers = Math.min(length, this.increments - this.told);
    this.increments -= length;
    this.told = Math.min(this.told, this.increments);
    return callers;
  }

  /** Tells everybody who waits, and answers how many that were; those who come later wait anew. */
  reject(error: unknown, now: number): number {
    // almost all are fulfilled, so this is not done when it is made
    this.promise?.catch(() => undefined);
    this.fail?.(error);
    this.promise = undefined;
    this.fulfil = undefined;
    this.fail = undefined;
    this.since = now;
    this.replacing?.reject(error);
    for (const caller of this.totals) caller.reject(error);
    const callers = this.waiting;
    this.told = this.increments;
    return callers;
  }
}

/** What an entry adds, and to which windows. */
export type EntrySum = Pick<BufferEntry, 'sum' | 'interval' | 'windows'>;
