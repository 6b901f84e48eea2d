import type { CountWindow } from '../../words/bucket-name.js';
import type { OnceKey, Operation } from '../../cache/counter-cache.js';
import { CounterOverflowError, ShutDownError } from '../../errors.js';
import type { Addition, BufferSettings } from './addition.js';
import { Attempt } from './attempt.js';
import { BufferEntry, type EntrySum, type KnownCounter } from '../entries/buffer-entry.js';
import type { EntrySettings, SetAddition } from '../entries/entry-settings.js';
import { telling } from '../entries/deferred.js';
import type { Limits } from '../../input/limits.js';
import { KnownCounters } from './known-counters.js';
import { Lane } from '../sending/lane.js';
import type { LaneDependencies, LaneOwner } from '../sending/lane-dependencies.js';
import type { PartitionCaller } from '../sending/partition-caller.js';
import { Slots } from './slots.js';
import { waitingIn } from './waiting-increments.js';

/**
 * Gathers increments in the process, one entry a counter, and hands them to one lane a partition:
 *
 *     open ──► taken by its lane ──► acknowledged, or rejected
 *      ▲ further increments of the same counter join it while it is open
 *
 * Nothing is scheduled per call: the first entry of an idle lane sets it going.
 */
export class IncrementBuffer implements LaneOwner {
  /** By partition. */
  readonly lanes: readonly Lane[];
  private readonly counters: KnownCounters;
  readonly slots: Slots;
  private closed = false;

  constructor(
    callers: readonly PartitionCaller[],
    private readonly sending: LaneDependencies,
    { partitionOf, windows, limit }: BufferSettings,
  ) {
    this.counters = new KnownCounters(partitionOf, windows);
    this.slots = new Slots(limit, sending.events);
    this.lanes = callers.map((caller, partition) => new Lane(partition, caller, this, sending));
  }

  /** The entry that increments of this counter join, if there is one. */
  joinable(name: string, windows?: readonly CountWindow[]): BufferEntry | undefined {
    const counter = this.counters.get(name);
    return counter && this.joinableOf(counter, windows);
  }

  /** The entry for a plain increment, made if there is none. Undefined if the counter is not known: its name was not checked. */
  enterKnown(name: string, interval: number, awaited: boolean): BufferEntry | undefined {
    const counter = this.counters.get(name);
    return counter && this.entryFor(counter, interval, undefined, undefined, awaited);
  }

  add(name: string, delta: number | bigint, interval: number, key?: string): Promise<void> {
    return this.enter({ name, delta, idempotencyKey: key }, interval).acknowledged;
  }

  /** Adds and answers the entry; `awaited: false` lets it gather with others. */
  enter(addition: Addition, interval: number, awaited = true): BufferEntry {
    const { name, delta = 1, idempotencyKey, once, windows, madeAt, inWindows = true } = addition;
    const counter = this.counters.of(name);
    const entry =
      madeAt === undefined
        ? this.entryFor(counter, interval, once ?? idempotencyKey, windows, awaited)
        : this.placeIfRoom('add', counter, interval, {
            ...{ idempotencyKey, awaited, row: addition.row },
            windows: inWindows ? this.counters.windowsOfPast(counter, addition, madeAt) : undefined,
          });
    if (!entry.add(delta)) throw new CounterOverflowError(name);
    return entry;
  }

  addAndGet(
    name: string,
    delta: number | bigint,
    interval: number,
    idempotencyKey?: string,
    windows?: readonly CountWindow[],
  ): Promise<bigint> {
    const counter = this.counters.of(name);
    return this.addTotal(this.entryFor(counter, interval, idempotencyKey, windows, true), delta);
  }

  /** Adds if the total, or that of a window, stays within the bounds. */
  tryAdd(
    { name, delta = 1, idempotencyKey, windows = [], inWindows = true }: Addition,
    interval: number,
    { window, own, ...bounds }: Limits,
    now = Date.now(),
  ): Attempt {
    const counter = this.counters.of(name);
    const within = inWindows
      ? this.counters.windowsWithin(counter, windows, { window, own }, now)
      : {};
    const { bucket } = within;
    const settings = { idempotencyKey, windows: within.windows, bounds: { ...bounds, bucket } };
    const entry = this.placeIfRoom('add', counter, interval, settings);
    return new Attempt(entry, this.addTotal(entry, delta), (sum) => this.carry(sum, name));
  }

  private addTotal(entry: BufferEntry, delta: number | bigint): Promise<bigint> {
    // each caller who wants a total takes a slot; the first one uses that of the entry
    const slots = entry.total ? 1 : 0;
    this.slots.expectFree(slots);
    if (!entry.add(delta)) throw new CounterOverflowError(entry.name);
    this.slots.take(slots);
    entry.slots += slots;
    return entry.addCaller(BigInt(delta));
  }

  /** Sets the total, or deletes the counter; answers, and tells, the total before. */
  replace(
    kind: 'set' | 'delete',
    name: string,
    value: bigint,
    interval: number,
    told?: (before: bigint, entry: BufferEntry) => void,
  ): Promise<bigint> {
    const entry = this.placeIfRoom(kind, this.counters.of(name), interval);
    entry.add(value, 0);
    return telling(entry.replaced, (before) => told?.(before, entry)).promise;
  }

  /** Takes back what counted under a key, if the key is still known. */
  undo(name: string, once: OnceKey, interval: number): BufferEntry {
    return this.placeIfRoom('undo', this.counters.of(name), interval, { once });
  }

  addAnyway(name: string, interval: number, addition: SetAddition): BufferEntry {
    const entry = this.placeAnyway('add', this.counters.of(name), interval, addition);
    entry.add(addition.delta, 0);
    return entry;
  }

  /** Throws unless at least this many slots are free; takes none. */
  expectRoomFor(slots: number): void {
    if (this.closed) throw new ShutDownError();
    this.slots.expectFree(slots);
  }

  /** Number of slots (`maxBufferedNames`). */
  get limit(): number {
    return this.slots.limit;
  }

  /** Slots that unsettled entries take. */
  get size(): number {
    return this.slots.taken;
  }

  /** Resolves when all that is here now is settled, whether applied or rejected. */
  async whenSettled(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.whenSettled()));
  }

  /** Rejects callers who waited longer than this, in milliseconds; their entries are still sent. */
  rejectLate(olderThan: number): void {
    for (const lane of this.lanes) lane.rejectLate(olderThan);
  }

  /** Takes no more. */
  close(): void {
    this.closed = true;
  }

  /** Sends no more: rejects what is left, and answers how many increments that are. */
  abandon(): number {
    const { increments: left } = waitingIn(this.lanes);
    this.sending.newCounters.stop();
    for (const lane of this.lanes) lane.stop();
    return left;
  }

  private joinableOf(
    counter: KnownCounter,
    windows?: readonly CountWindow[],
  ): BufferEntry | undefined {
    const entry = counter.open;
    if (entry === undefined || this.closed) return undefined;
    if (entry.windows?.set !== this.counters.windowsOf(counter, windows)) return undefined;
    return entry.isCurrent() ? entry : undefined;
  }

  private entryFor(
    counter: KnownCounter,
    interval: number,
    key: string | OnceKey | undefined,
    windows: readonly CountWindow[] | undefined,
    awaited: boolean,
  ): BufferEntry {
    // a key stands for one increment: it joins nothing and nothing joins it
    const open = key === undefined ? this.joinableOf(counter, windows) : undefined;
    if (open === undefined) {
      const kept = { windows: this.counters.windowsAt(counter, windows), awaited };
      const keyed = typeof key === 'object' ? { once: key } : { idempotencyKey: key };
      return this.placeIfRoom('add', counter, interval, { ...keyed, ...kept });
    }
    if (awaited && !open.awaited) {
      open.awaited = true;
      this.lanes[counter.partition]?.hurry();
    }
    if (interval < open.interval) open.interval = interval;
    return open;
  }

  private placeIfRoom(
    kind: Operation['kind'],
    counter: KnownCounter,
    interval: number,
    settings?: EntrySettings,
  ): BufferEntry {
    if (this.closed) throw new ShutDownError();
    this.slots.expectFree(1);
    return this.placeAnyway(kind, counter, interval, settings);
  }

  releaseSlots(slots: number): void {
    this.slots.release(slots);
  }

  /** Adds the sum of an entry to another counter, or the same, in the same windows, even if the buffer is full or closing. */
  carry({ sum, interval, windows }: EntrySum, name: string): Promise<void> {
    if (sum === 0n) return Promise.resolve();
    const counter = this.counters.of(name);
    const { open } = counter;
    const joins = open !== undefined && open.windows?.moment === windows?.moment;
    const into = joins ? open : this.placeAnyway('add', counter, interval, { windows });
    if (!into.add(sum, 0)) throw new CounterOverflowError(name);
    return into.acknowledged;
  }

  private placeAnyway(
    kind: Operation['kind'],
    counter: KnownCounter,
    interval: number,
    settings?: EntrySettings,
  ): BufferEntry {
    this.slots.take(1);
    const entry = new BufferEntry(kind, counter, interval, settings);
    // a caller, who adds nothing
    if (kind !== 'add') entry.add(0);
    // an entry that nothing joins closes the one before it, so that the increments of a counter keep their order
    counter.open = entry.isJoinable ? entry : undefined;
    this.lanes[counter.partition]?.push(entry);
    return entry;
  }
}
