import type { CounterCache } from '../cache/counter-cache.js';
import { OVERFLOWED, REFUSED, type ParcelEntry } from '../cache/parcels.js';
import { InvalidArgumentError, quote } from '../errors.js';
import type { CounterEvents } from '../events.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { partitionNumbers } from '../words/partitioner.js';
import { readChange } from '../input/change-options.js';
import type { ChangeOptions } from '../input/counter.types.js';
import { written } from '../input/written.js';
import { type ChosenEntries, readChosen } from './chosen-entries.js';
import { counterOf, type ParkedCount, parkedCount, tellChanges, without } from './parked-entry.js';

/** Counts that were put aside together. @publicApi */
export interface ParkedParcel {
  /** Names the parcel, for `entries()`, `replay()` and `discard()`. */
  id: string;
  /** Number of the partition that its counters belong to. */
  partition: number;
  /**
   * Why these counts were put aside.
   * - `rewind`: Redis went back in time. Each of these counts may be in the database already, or not.
   * - `overflow`: they would take the row of their counter out of the signed 64-bit range. The database has none of them.
   * - `refused`: the database refuses the row, by a constraint or a trigger, say. The database has none of them.
   */
  reason: 'rewind' | 'overflow' | 'refused';
  /** When they were put aside; absent for `overflow` and `refused`, as such counts gather in one parcel of each partition. */
  parkedAt?: Date;
  /** The last error with which the database refused a row; only for `refused`. */
  error?: string;
  /** Number of entries. A counter can have several: its total, its windows, and parts of both. */
  counters: number;
}

/** What `ParkedCounts.replay()` did. @publicApi */
export interface ReplayResult {
  /** Number of entries that are counted now. */
  replayed: number;
  /** Counters with entries that stay parked: these entries would take them out of the signed 64-bit range. */
  refused: string[];
  /** Counters with entries that have changed since those that were given were read: they stay. Empty where none were given. */
  changed: string[];
  /** Counters with entries of `set()`, `reset()`, `delete()` and the like: they stay, as they are no increments. Call that method again, and discard them. */
  toRepeat: string[];
}

/** The difference that it made then is another one now. */
const isReplaced = ({ replaces }: ParcelEntry): boolean => replaces !== undefined;

interface ParkedDependencies {
  cache: CounterCache;
  queue: PersistQueue;
  events: CounterEvents;
  /** Reads the totals of these counters, which caches their persisted values. */
  warm: (names: Iterable<string>) => Promise<unknown>;
  partitions: number;
}

/** Partition and name of a parcel. */
const PARCEL_ID = /^(\d{1,5})\/(.{1,200})$/;

const REASONS: Readonly<Record<string, ParkedParcel['reason'] | undefined>> = {
  [OVERFLOWED]: 'overflow',
  [REFUSED]: 'refused',
};

/** How often persisted values are read for counters near the end of the range, which cannot be replayed without them. */
const ATTEMPTS = 5;

/**
 * Counts that were put aside, because they may be in the database already, would leave the signed 64-bit range, or are refused by
 * the database. They are no part of any total. An operator compares them with other records, and replays or discards them.
 * Methods reject with `CacheUnavailableError` where Redis does not answer.
 *
 * @example
 * for (const parcel of await parked.list()) {
 *   for await (const { name, delta } of parked.entries(parcel.id)) console.log(name, delta);
 *   await parked.discard(parcel.id);
 * }
 * @publicApi
 */
export class ParkedCounts {
  constructor(private readonly dependencies: ParkedDependencies) {}

  /** The parcels of all partitions, the oldest first; those without a time come before them. */
  async list(): Promise<ParkedParcel[]> {
    const { cache, partitions } = this.dependencies;
    const lists = await Promise.all(
      partitionNumbers(partitions).map(async (partition) => {
        const parcels = await cache.parcels(partition);
        return parcels.map(({ id, at, counters, error }): ParkedParcel => {
          const parkedAt = at === undefined ? undefined : new Date(at);
          const reason = REASONS[id] ?? 'rewind';
          return { id: `${partition}/${id}`, partition, reason, parkedAt, error, counters };
        });
      }),
    );
    return lists.flat().sort((a, b) => Number(a.parkedAt ?? 0) - Number(b.parkedAt ?? 0));
  }

  /**
   * The entries of a parcel, read from Redis page by page. A counter can have several entries.
   *
   * @throws InvalidArgumentError there is no such parcel, or no more
   */
  async *entries(id: string): AsyncGenerator<ParkedCount, void, undefined> {
    const { partition, parcel } = await this.find(id);
    for await (const page of this.pages(partition, parcel)) {
      for (const entry of page) yield parkedCount(entry);
    }
  }

  /**
   * Counts the entries of a parcel: all of them, those of certain counters, or those that somebody has looked at. Each entry counts once,
   * however often this is repeated, and is due at once. Entries with `operation` are no increments, and stay.
   *
   * @param which names of counters, or entries as `entries()` answered them, at most 100,000; without them, the whole parcel. Of entries that
   *   are given, those count that are still as they were then
   * @throws InvalidArgumentError there is no such parcel, or no more
   * @example
   * const { replayed, refused } = await parked.replay(parcel.id, ['orders'], { by: 'ann' });
   */
  replay(
    id: string,
    which?: Iterable<string> | Iterable<ParkedCount>,
    options?: ChangeOptions,
  ): Promise<ReplayResult> {
    return written(this.dependencies.events, () => this.replayAll(id, which, options));
  }

  /**
   * Drops entries of a parcel for good: all of them, those of certain counters, or those that somebody has looked at. Answers how many
   * entries it dropped.
   *
   * @param which as for `replay()`: of entries that are given, those are dropped that are still as they were then
   * @throws InvalidArgumentError there is no such parcel, or no more
   * @example
   * const seen = [];
   * for await (const entry of parked.entries(parcel.id)) seen.push(entry);
   * // written down, and then
   * const dropped = await parked.discard(parcel.id, seen, { by: 'ann' });
   */
  discard(
    id: string,
    which?: Iterable<string> | Iterable<ParkedCount>,
    options?: ChangeOptions,
  ): Promise<number> {
    return written(this.dependencies.events, () => this.discardAll(id, which, options));
  }

  private async replayAll(
    id: string,
    which: unknown,
    options?: ChangeOptions,
  ): Promise<ReplayResult> {
    const { cache, queue, events } = this.dependencies;
    const change = readChange(options, 'replay()');
    const { partition, parcel } = await this.find(id);
    const chosen = await readChosen(which, 'replay()');
    const result: ReplayResult = { replayed: 0, refused: [], changed: [], toRepeat: [] };
    for await (const page of this.chosenPages(partition, parcel, chosen)) {
      result.toRepeat.push(...page.filter(isReplaced).map(counterOf));
      let left: readonly ParcelEntry[] = page.filter((entry) => !isReplaced(entry));
      for (let attempt = 1; left.length > 0; attempt++) {
        const { replayed, refused, changed, wake } = await cache.replay(partition, parcel, left);
        result.replayed += replayed;
        if (wake !== undefined) queue.trigger(partition, wake);
        const reasons = new Map(refused.map(({ field, reason }) => [field, reason]));
        const anew = chosen.anew(left, changed);
        const counted = without(left, changed).filter(({ field }) => !reasons.has(field));
        if (replayed > 0) tellChanges(events, 'replay', counted, change);
        const cold = left.filter(({ field }) => reasons.get(field) === 'cold');
        const again = attempt < ATTEMPTS ? cold : [];
        const stay = left.filter((entry) => reasons.has(entry.field) && !again.includes(entry));
        result.refused.push(...stay.map(counterOf));
        if (again.length > 0) await this.dependencies.warm(new Set(again.map(({ name }) => name)));
        left = [...again, ...anew];
      }
    }
    if (result.replayed > 0) {
      events.emit('replayed', { partition, parcel: id, counters: result.replayed });
    }
    return { ...result, changed: [...chosen.changed] };
  }

  private async discardAll(id: string, which: unknown, options?: ChangeOptions): Promise<number> {
    const { cache, events } = this.dependencies;
    const change = readChange(options, 'discard()');
    const { partition, parcel } = await this.find(id);
    const chosen = await readChosen(which, 'discard()');
    let counters = 0;
    for await (const page of this.chosenPages(partition, parcel, chosen)) {
      for (let left: readonly ParcelEntry[] = page; left.length > 0;) {
        const changed = await cache.discard(partition, parcel, left);
        const dropped = without(left, changed);
        tellChanges(events, 'discard', dropped, change);
        counters += dropped.length;
        left = chosen.anew(left, changed);
      }
    }
    if (counters > 0) events.emit('discarded', { partition, parcel: id, counters });
    return counters;
  }

  private async find(id: string): Promise<{ partition: number; parcel: string }> {
    // whatever is given: to make a text of it could throw
    const [, index, parcel = ''] = (typeof id === 'string' && PARCEL_ID.exec(id)) || [];
    const partition = Number(index ?? -1);
    const { cache, partitions } = this.dependencies;
    const known = partition >= 0 && partition < partitions ? await cache.parcels(partition) : [];
    if (known.some((it) => it.id === parcel)) return { partition, parcel };
    throw new InvalidArgumentError(
      `There is no parcel ${quote(id)}, or it is replayed or discarded already; list() tells which there are`,
    );
  }

  /** What was chosen of each page. */
  private async *chosenPages(
    partition: number,
    parcel: string,
    chosen: ChosenEntries,
  ): AsyncGenerator<ParcelEntry[], void, undefined> {
    for (const prefix of chosen.prefixes) {
      for await (const page of this.pages(partition, parcel, prefix)) {
        const entries = page.filter((entry) => chosen.includes(entry, prefix));
        if (entries.length > 0) yield entries;
        if (chosen.isDone) return;
      }
    }
  }

  private async *pages(
    partition: number,
    parcel: string,
    prefix?: string,
  ): AsyncGenerator<ParcelEntry[], void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await this.dependencies.cache.openParcel(partition, parcel, cursor, prefix);
      yield page.entries;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
}
