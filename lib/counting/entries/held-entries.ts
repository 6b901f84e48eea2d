import type { Outcome } from '../../cache/counter-cache.js';
import { CacheUnavailableError } from '../../errors.js';
import { microtask } from '../../real-timers.js';
import type { BufferEntry } from './buffer-entry.js';
import type { EntryQueue } from './entry-queue.js';

/** Cold answers after which the cache counts as unable to keep a base. */
const COLD_LIMIT = 20;
/** Buckets that are deleted with their counter, in one step. */
const MOST_BUCKETS = 200;
const FORGETFUL = 'Redis forgets the cached values of counters at once: is its memory full?';

/** What entries wait for. */
export interface HeldFor {
  /** Reads totals and caches their bases. */
  warm: (names: Iterable<string>) => Promise<unknown>;
  /** Finds the buckets of counters, the latest first, by their suffixes. */
  bucketsOf: (names: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Looks for a key under the names that a counter had before; undefined where none of them knows it. */
  askFormer: (entry: BufferEntry, names: readonly string[]) => Promise<FormerOutcome | undefined>;
}

/** What became of an entry by what is known under another name; `applied`: it was taken back there. */
export type FormerOutcome =
  Extract<Outcome, { kind: 'known' | 'duplicate' | 'conflict' } | { kind: 'unknown' }> | 'applied';

/** How an entry goes on that was held. */
export interface ReleaseHandler {
  send: (entry: BufferEntry) => void;
  /** What it waited for could not be had. */
  failed: (entry: BufferEntry, error: unknown) => void;
  settled: (entry: BufferEntry, outcome: FormerOutcome) => void;
}

/**
 * Entries of a lane that wait until the base of their counter is cached, say, and the entries of the same
 * counter that came after them: so the calls of a process to a counter take effect in their order.
 */
export class HeldEntries {
  /** Whose buckets are looked for next. */
  private deleted = new Set<BufferEntry>();

  constructor(
    private readonly queue: EntryQueue,
    private readonly onHold: Set<BufferEntry>,
    private readonly what: HeldFor,
    private readonly handler: ReleaseHandler,
  ) {}

  /** False when no entry of its counter is held, and it needs nothing: then it may be sent. */
  add(entry: BufferEntry): boolean {
    if (this.join(entry)) return true;
    if (entry.kind !== 'delete' || entry.furtherBuckets !== undefined) return false;
    this.lookForBuckets(entry);
    return true;
  }

  /** Entries that the cache did not take, in their order, and in front of those that came meanwhile. */
  hold(entries: readonly BufferEntry[]): void {
    const came = new Map<BufferEntry['counter'], readonly BufferEntry[]>();
    for (const { counter } of entries) {
      if (!came.has(counter)) came.set(counter, counter.waitingForBase ?? []);
      counter.waitingForBase = [];
    }
    for (const entry of entries) this.join(entry);
    for (const entry of this.queue.extract(({ counter }) => came.has(counter))) this.join(entry);
    for (const [counter, later] of came) counter.waitingForBase?.push(...later);
  }

  /** Caches the bases that these entries need, and lets go all that is held of their counters, in its order. Never rejects. */
  async warm(cold: ReadonlySet<BufferEntry>): Promise<void> {
    let failed: { error: unknown } | undefined;
    try {
      const isTooOften = [...cold].some((entry) => ++entry.coldAnswers > COLD_LIMIT);
      if (isTooOften) throw new CacheUnavailableError(FORGETFUL);
      await this.findBuckets(cold);
      await this.what.warm(new Set([...cold].flatMap(({ names }) => names)));
    } catch (error) {
      failed = { error };
    }
    for (const entry of this.release(cold)) {
      if (failed !== undefined && cold.has(entry)) this.handler.failed(entry, failed.error);
      else this.handler.send(entry);
    }
  }

  /** Looks for the key of an entry under former names of its counter, and lets go what is held of it. Never rejects. */
  async askFormer(entry: BufferEntry, names: readonly string[]): Promise<void> {
    const { handler, what } = this;
    let settle: (() => void) | undefined;
    try {
      const outcome = await what.askFormer(entry, names);
      if (outcome !== undefined) settle = () => handler.settled(entry, outcome);
      entry.isAskedFor = true;
    } catch (error) {
      settle = () => handler.failed(entry, error);
    }
    for (const released of this.release([entry])) {
      if (released === entry && settle !== undefined) settle();
      else handler.send(released);
    }
  }

  /** Of all that are deleted in one turn together. What was called before goes first. */
  private lookForBuckets(entry: BufferEntry): void {
    entry.counter.waitingForBase = [];
    this.join(entry);
    this.deleted.add(entry);
    if (this.deleted.size > 1) return;
    microtask(() => {
      const { deleted } = this;
      this.deleted = new Set();
      void this.warm(deleted);
    });
  }

  /** Of counters that are to be deleted. */
  private async findBuckets(entries: Iterable<BufferEntry>): Promise<void> {
    const deleted = [...entries].filter(
      ({ kind, furtherBuckets }) => kind === 'delete' && furtherBuckets === undefined,
    );
    if (deleted.length === 0) return;
    const found = await this.what.bucketsOf(deleted.map(({ name }) => name));
    for (const entry of deleted) {
      const buckets = found.get(entry.name) ?? [];
      if (buckets.length > 0) entry.foundBuckets = buckets.slice(0, MOST_BUCKETS);
      entry.furtherBuckets = buckets.slice(MOST_BUCKETS);
    }
  }

  private join(entry: BufferEntry): boolean {
    const { waitingForBase } = entry.counter;
    if (waitingForBase === undefined) return false;
    this.onHold.add(entry);
    waitingForBase.push(entry);
    return true;
  }

  private release(entries: Iterable<BufferEntry>): BufferEntry[] {
    const released: BufferEntry[] = [];
    for (const { counter } of entries) {
      released.push(...(counter.waitingForBase ?? []));
      counter.waitingForBase = undefined;
    }
    for (const entry of released) this.onHold.delete(entry);
    return released;
  }
}
