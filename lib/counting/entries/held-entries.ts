import { hasKey } from '../../cache/key-digest.js';
import type { Outcome } from '../../cache/counter-cache.js';
import { CacheUnavailableError } from '../../errors.js';
import type { BufferEntry, KnownCounter } from './buffer-entry.js';
import { defer } from './deferred.js';
import type { EntryQueue } from './entry-queue.js';

/** Cold answers after which the cache counts as unable to keep a base. */
const COLD_LIMIT = 20;
/** Buckets that are deleted with their counter, in one step. */
const MOST_BUCKETS = 200;
const FORGETFUL = 'Redis forgets the cached values of counters at once: is its memory full?';

/** What held entries wait for. */
export interface LookUps {
  /** Reads totals and caches their bases. */
  warm: (names: Iterable<string>) => Promise<unknown>;
  /** Finds the buckets of counters, the latest first, by their suffixes. */
  bucketsOf: (names: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Looks for a key under the names that a counter had before; undefined where none of them knows it. */
  askFormer: (entry: BufferEntry, names: readonly string[]) => Promise<FormerOutcome | undefined>;
}

/** What became of an entry by what is known under another name; `applied`: that was taken back. */
export type FormerOutcome =
  Extract<Outcome, { kind: 'known' | 'duplicate' | 'conflict' }> | 'applied';

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
  /** Whose buckets are looked for next, by what they wait for. */
  private readonly deleted = new Map<Promise<undefined> | undefined, Set<BufferEntry>>();

  constructor(
    private readonly queue: EntryQueue,
    private readonly onHold: Set<BufferEntry>,
    private readonly lookUps: LookUps,
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
      await this.lookUps.warm(new Set([...cold].flatMap(({ names }) => names)));
    } catch (error) {
      failed = { error };
    }
    for (const entry of this.release(cold)) {
      if (failed !== undefined && cold.has(entry)) this.handler.failed(entry, failed.error);
      else this.handler.send(entry);
    }
  }

  /**
   * Looks for the key of an entry under former names of its counter, and for those of increments that wait behind it, and lets go what is
   * held of the counter. Never rejects.
   */
  async askFormer(entry: BufferEntry, names: readonly string[]): Promise<void> {
    const { handler, lookUps } = this;
    const settling = new Map<BufferEntry, () => void>();
    await Promise.all(
      askedWith(entry).map(async (each) => {
        try {
          const outcome = await lookUps.askFormer(each, names);
          if (outcome !== undefined) settling.set(each, () => handler.settled(each, outcome));
          each.isAskedFor = true;
        } catch (error) {
          settling.set(each, () => handler.failed(each, error));
        }
      }),
    );
    for (const released of this.release([entry])) {
      const settle = settling.get(released);
      if (settle === undefined) handler.send(released);
      else settle();
    }
  }

  /** Of `delete`, when it comes: it waits for the entries of its counter that are unsettled, as they may make buckets. */
  noteEarlier(entry: BufferEntry): void {
    const { counter } = entry;
    if (counter.unsettledEntries === 0) return;
    const { promise, resolve } = defer<undefined>();
    const deletion = { left: counter.unsettledEntries, resolve: () => resolve(undefined) };
    counter.deletions = [...(counter.deletions ?? []), deletion];
    entry.behind = promise;
  }

  /** An entry of the counter was settled. */
  oneLess(counter: KnownCounter): void {
    for (const deletion of counter.deletions ?? []) {
      if (--deletion.left === 0) deletion.resolve();
    }
    const left = counter.deletions?.filter((deletion) => deletion.left > 0) ?? [];
    counter.deletions = left.length === 0 ? undefined : left;
  }

  /** Of all that are deleted together. What was called before may make buckets, and goes first. */
  private lookForBuckets(entry: BufferEntry): void {
    const { behind, counter } = entry;
    counter.waitingForBase = [];
    this.join(entry);
    const together = this.deleted.get(behind);
    if (together !== undefined) {
      together.add(entry);
      return;
    }
    const deleted = new Set([entry]);
    this.deleted.set(behind, deleted);
    void Promise.resolve(behind).then(() => {
      this.deleted.delete(behind);
      return this.warm(deleted);
    });
  }

  /** Of counters that are to be deleted. */
  private async findBuckets(entries: Iterable<BufferEntry>): Promise<void> {
    const deleted = [...entries].filter(
      ({ kind, furtherBuckets }) => kind === 'delete' && furtherBuckets === undefined,
    );
    if (deleted.length === 0) return;
    const found = await this.lookUps.bucketsOf(deleted.map(({ name }) => name));
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

/** The entry, and the increments with a key that are held behind it, up to the first that depends on what becomes of them. */
function askedWith(entry: BufferEntry): BufferEntry[] {
  if (entry.kind === 'undo') return [entry];
  const held = entry.counter.waitingForBase ?? [];
  const behind = held.slice(held.indexOf(entry) + 1);
  const end = behind.findIndex(({ kind }) => kind !== 'add');
  const increments = end === -1 ? behind : behind.slice(0, end);
  const keyed = increments.filter((each) => hasKey(each) && !each.isAskedFor);
  return [entry, ...keyed];
}
