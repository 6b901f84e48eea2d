import type { Operation } from '../cache/counter-cache.js';
import {
  BackpressureError,
  CounterOverflowError,
  InvalidArgumentError,
  ShutDownError,
} from '../errors.js';
import type { CounterEvents } from '../events.js';
import { BufferEntry, defer } from './buffer-entry.js';
import type { Lane } from './lane.js';
import type { NewCounterLimits } from './new-counter-limits.js';
import type { Partitioner } from '../cache/partitioner.js';

/** When a full buffer is worth another try, in milliseconds. */
const RETRY_AFTER = 1000;

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
  joinable(name: string): BufferEntry | undefined {
    const entry = this.open.get(name);
    return entry?.kind === 'add' && !this.closed ? entry : undefined;
  }

  add(
    name: string,
    delta: number | bigint,
    interval: number,
    idempotencyKey?: string,
  ): Promise<void> {
    const entry = this.entryFor(name, interval, idempotencyKey);
    if (!entry.add(delta)) throw new CounterOverflowError(name);
    return entry.acknowledged.promise;
  }

  addAndGet(
    name: string,
    delta: number | bigint,
    interval: number,
    idempotencyKey?: string,
  ): Promise<bigint> {
    const entry = this.entryFor(name, interval, idempotencyKey);
    // each has an answer of its own: the first caller takes the entry's place, the others one each
    const slots = entry.totals.length === 0 ? 0 : 1;
    if (this.entries + slots > this.limit) throw this.backpressure();
    if (!entry.add(delta)) throw new CounterOverflowError(name);
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

  private entryFor(name: string, interval: number, idempotencyKey?: string): BufferEntry {
    // an idempotency key stands for one increment: it joins nothing and nothing joins it
    const entry = idempotencyKey === undefined ? this.joinable(name) : undefined;
    if (entry === undefined) return this.create('add', name, interval, idempotencyKey);
    if (interval < entry.interval) entry.interval = interval;
    return entry;
  }

  private create(
    kind: Operation['kind'],
    name: string,
    interval: number,
    idempotencyKey?: string,
  ): BufferEntry {
    if (this.closed) throw new ShutDownError();
    if (this.entries >= this.limit) throw this.backpressure();
    this.full = false;
    return this.place(kind, name, interval, idempotencyKey);
  }

  /** Also when it is full, or closing: what the entry holds is here already. */
  private redirect(entry: BufferEntry, name: string): Promise<void> {
    if (entry.total === 0n) return Promise.resolve();
    const open = this.open.get(name);
    const into = open?.kind === 'add' ? open : this.place('add', name, entry.interval);
    if (!into.add(entry.total)) throw new CounterOverflowError(name);
    return into.acknowledged.promise;
  }

  private place(
    kind: Operation['kind'],
    name: string,
    interval: number,
    idempotencyKey?: string,
  ): BufferEntry {
    this.entries++;
    const partition = this.partitioner(name);
    const entry = new BufferEntry(
      kind,
      name,
      partition,
      interval,
      performance.now(),
      idempotencyKey,
    );
    // an entry with a key ends the one before it, so that the increments of a counter keep their order
    if (idempotencyKey === undefined) this.open.set(name, entry);
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
