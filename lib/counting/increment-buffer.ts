import type { CountWindow } from '../cache/bucket-name.js';
import type { Bounds, Operation } from '../cache/counter-cache.js';
import {
  BackpressureError,
  CounterOverflowError,
  InvalidArgumentError,
  ShutDownError,
} from '../errors.js';
import type { CounterEvents } from '../events.js';
import { BufferEntry, defer, type EntrySettings, type EntryWindows } from './buffer-entry.js';
import type { Lane } from './lane.js';
import type { NewCounterLimits } from './new-counter-limits.js';
import type { Partitioner } from '../cache/partitioner.js';
import type { Windows, WindowSet } from './windows.js';

/** When a full buffer is worth another try, in milliseconds. */
const RETRY_AFTER = 1000;

/** Between which a total has to stay, or what is counted in the window of now. */
export interface Limits extends Pick<Bounds, 'min' | 'max'> {
  window?: CountWindow;
}

/** The total after an increment, or the one that kept it from being made. */
export interface Attempt {
  applied: boolean;
  total: bigint;
}

/**
 * Gathers increments in the process, one entry a counter, and hands them to one lane a partition:
 *
 *     open ──► taken by its lane ──► acknowledged, or rejected
 *      ▲ further increments of the same counter join it while it is open
 *
 * Nothing is scheduled per call: the first entry of an idle lane sets it going.
 */
export class IncrementBuffer {
  private readonly open = new Map<string, BufferEntry>();
  private entries = 0;
  private full = false;
  private closed = false;

  constructor(
    private readonly lanes: readonly Lane[],
    private readonly partitioner: Partitioner,
    readonly limit: number,
    private readonly events: CounterEvents,
    private readonly newCounters: NewCounterLimits,
    private readonly windows: Windows,
  ) {
    for (const lane of lanes) {
      lane.onTaken = (entry) => {
        if (this.open.get(entry.name) === entry) this.open.delete(entry.name);
      };
      lane.onRedirected = (entry, name) => this.redirect(entry, name);
      lane.onSettled = (entry) => (this.entries -= entry.slots);
    }
  }

  /** The entry that increments of this counter join, if there is one: its name was checked before. */
  joinable(name: string, windows?: readonly CountWindow[]): BufferEntry | undefined {
    const entry = this.open.get(name);
    if (entry?.kind !== 'add' || this.closed) return undefined;
    if (entry.windows === undefined && windows === undefined) return entry;
    const isSame = entry.windows?.set === this.windows.of(name, windows) && entry.isCurrent();
    return isSame ? entry : undefined;
  }

  add(
    name: string,
    delta: number | bigint,
    interval: number,
    idempotencyKey?: string,
    windows?: readonly CountWindow[],
    awaited = true,
  ): Promise<void> {
    const entry = this.entryFor(name, interval, idempotencyKey, windows, awaited);
    if (!entry.add(delta)) throw new CounterOverflowError(name);
    return entry.acknowledged.promise;
  }

  addAndGet(
    name: string,
    delta: number | bigint,
    interval: number,
    idempotencyKey?: string,
    windows?: readonly CountWindow[],
  ): Promise<bigint> {
    const entry = this.entryFor(name, interval, idempotencyKey, windows);
    return this.addTotal(entry, delta);
  }

  /** Adds if the total, or that of a window, stays within the bounds; answers it either way. */
  async tryAdd(
    name: string,
    delta: number | bigint,
    interval: number,
    { window, ...bounds }: Limits,
    idempotencyKey?: string,
    windows: readonly CountWindow[] = [],
  ): Promise<Attempt> {
    const all = window === undefined ? windows : [...windows, window];
    const held = this.heldBy(this.windows.of(name, all));
    const bucket = window && held?.set.suffix(window, held.moment.start);
    const settings = { idempotencyKey, windows: held, bounds: { ...bounds, bucket } };
    const entry = this.create('add', name, interval, settings);
    const total = await this.addTotal(entry, delta);
    return { applied: !entry.refused, total };
  }

  private addTotal(entry: BufferEntry, delta: number | bigint): Promise<bigint> {
    // each has an answer of its own: the first caller takes the entry's place, the others one each
    const slots = entry.totals.length === 0 ? 0 : 1;
    if (this.entries + slots > this.limit) throw this.backpressure();
    if (!entry.add(delta)) throw new CounterOverflowError(entry.name);
    this.entries += slots;
    entry.slots += slots;
    const caller = { ...defer<bigint>(), delta: BigInt(delta), after: entry.total };
    entry.totals.push(caller);
    return caller.promise;
  }

  /** Sets the total, or deletes the counter; answers the total before. */
  replace(kind: 'set' | 'delete', name: string, value: bigint, interval: number): Promise<bigint> {
    const entry = this.create(kind, name, interval);
    entry.add(value);
    return entry.replaced.promise;
  }

  /** Throws unless so many entries more fit: then they can be added without one being refused. */
  reserve(entries: number): void {
    if (this.closed) throw new ShutDownError();
    if (entries > this.limit) {
      throw new InvalidArgumentError(
        `${entries} counters in one call are more than the buffer can ever hold (maxBufferedNames: ${this.limit}); split the call`,
      );
    }
    if (this.entries + entries > this.limit) throw this.backpressure();
  }

  /** Entries that wait or are under way. */
  get size(): number {
    return this.entries;
  }

  /** Resolves when everything that is here now was answered by the cache, however. */
  async sent(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.sent()));
  }

  /** Rejects what waited too long; it is sent all the same. */
  giveUp(olderThan: number): void {
    for (const lane of this.lanes) lane.giveUp(olderThan);
  }

  /** Takes no more. */
  close(): void {
    this.closed = true;
  }

  /** Sends no more: rejects what is left, and answers how many entries that was. */
  abandon(): number {
    const left = this.entries;
    this.newCounters.stop();
    for (const lane of this.lanes) lane.stop();
    return left;
  }

  private entryFor(
    name: string,
    interval: number,
    idempotencyKey?: string,
    windows?: readonly CountWindow[],
    awaited = true,
  ): BufferEntry {
    // an idempotency key stands for one increment: it joins nothing and nothing joins it
    const open = idempotencyKey === undefined ? this.joinable(name, windows) : undefined;
    if (open === undefined) {
      const held = this.heldBy(this.windows.of(name, windows));
      return this.create('add', name, interval, { idempotencyKey, windows: held, awaited });
    }
    if (awaited && !open.awaited) this.hurry(open);
    if (interval < open.interval) open.interval = interval;
    return open;
  }

  /** Somebody awaits the entry now. */
  hurry(entry: BufferEntry): void {
    entry.awaited = true;
    this.lanes[entry.partition]?.hurry();
  }

  private heldBy(set: WindowSet | undefined): EntryWindows | undefined {
    return set && { set, moment: set.at(Date.now()) };
  }

  private create(
    kind: Operation['kind'],
    name: string,
    interval: number,
    settings: EntrySettings = {},
  ): BufferEntry {
    if (this.closed) throw new ShutDownError();
    if (this.entries >= this.limit) throw this.backpressure();
    this.full = false;
    return this.place(kind, name, interval, settings);
  }

  /** Also when it is full, or closing: what the entry holds is here already. */
  private redirect({ total, interval, windows }: BufferEntry, name: string): Promise<void> {
    if (total === 0n) return Promise.resolve();
    const open = this.open.get(name);
    const joins = open?.kind === 'add' && open.windows?.moment === windows?.moment;
    const into = joins ? open : this.place('add', name, interval, { windows });
    if (!into.add(total)) throw new CounterOverflowError(name);
    return into.acknowledged.promise;
  }

  private place(
    kind: Operation['kind'],
    name: string,
    interval: number,
    settings: EntrySettings,
  ): BufferEntry {
    this.entries++;
    const partition = this.partitioner(name);
    const since = performance.now();
    const entry = new BufferEntry(kind, name, partition, interval, since, settings);
    // an entry that nothing joins ends the one before it, so that the increments of a counter keep their order
    if (entry.isJoinable) this.open.set(name, entry);
    else this.open.delete(name);
    this.lanes[partition]?.push(entry);
    return entry;
  }

  private backpressure(): BackpressureError {
    if (!this.full) this.events.emit('backpressure', { limit: this.limit });
    this.full = true;
    return new BackpressureError(this.limit, RETRY_AFTER);
  }
}
