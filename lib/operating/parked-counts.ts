import { type CountWindow, parseName } from '../words/bucket-name.js';
import type { CounterCache } from '../cache/counter-cache.js';
import { OVERFLOWED, REFUSED, type ParcelEntry } from '../cache/parcels.js';
import { InvalidArgumentError, quote } from '../errors.js';
import type { CounterEvents } from '../events.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { checkManyNames } from '../input/arguments.js';
import { written } from '../input/written.js';

/** Counts that were put aside together. @publicApi */
export interface ParkedParcel {
  /** For `entries()`, `replay()` and `discard()`. */
  id: string;
  partition: number;
  /**
   * - `rewind`: Redis went back in time, and these cannot be told from what the database has: each of
   *   them is in the database already, or not.
   * - `overflow`: they would have taken the row out of the signed 64-bit range; the database has none.
   * - `refused`: the database refuses the row, by a constraint or a trigger, say, and has none of them.
   */
  reason: 'rewind' | 'overflow' | 'refused';
  /** Absent for what overflowed or was refused, which gathers. */
  parkedAt?: Date;
  /** What the database said of the last counters that it refused; with `refused` only. */
  error?: string;
  counters: number;
}

/** @publicApi */
export interface ParkedCount {
  name: string;
  delta: bigint;
  /** What was counted in a window of the counter, and when that begins; absent for its total. */
  window?: CountWindow;
  start?: Date;
}

/** @publicApi */
export interface ReplayResult {
  replayed: number;
  /** Counters that stay parked, wholly or in part: with these counts they would leave the range. */
  refused: string[];
}

export interface ParkedDependencies {
  cache: CounterCache;
  queue: PersistQueue;
  events: CounterEvents;
  /** Reads totals and caches their bases. */
  warm: (names: Iterable<string>) => Promise<unknown>;
  partitions: number;
}

/** Partition and name of a parcel. */
const PARCEL_ID = /^(\d{1,5})\/(.{1,200})$/;

const REASONS: Readonly<Record<string, ParkedParcel['reason'] | undefined>> = {
  [OVERFLOWED]: 'overflow',
  [REFUSED]: 'refused',
};

/** So many names are asked for one by one. */
const FEW = 10;
/** How often bases are read for counters near the end of the range. */
const ATTEMPTS = 5;

/**
 * What was counted and then put aside, because counting it might count it twice or leave the 64-bit
 * range, or because the database refuses it. Nothing here is part of a total. An operator compares it with other records, and replays
 * or discards it.
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

  /** The parcels of all partitions, the oldest first. */
  async list(): Promise<ParkedParcel[]> {
    const { cache, partitions } = this.dependencies;
    const indices = Array.from({ length: partitions }, (_, partition) => partition);
    const lists = await Promise.all(
      indices.map(async (partition) => {
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
   * What is in a parcel, read in steps; a counter can come more than once, with different parts.
   *
   * @throws InvalidArgumentError there is no such parcel
   */
  async *entries(id: string): AsyncGenerator<ParkedCount, void, undefined> {
    const { partition, parcel } = await this.find(id);
    for await (const page of this.pages(partition, parcel)) {
      for (const entry of page) yield parkedCount(entry);
    }
  }

  /**
   * Counts what is in a parcel, all of it or some counters, each entry exactly once however often this
   * is repeated.
   *
   * @throws InvalidArgumentError there is no such parcel, or no more
   */
  replay(id: string, names?: Iterable<string>): Promise<ReplayResult> {
    return written(this.dependencies.events, () => this.replayAll(id, names));
  }

  /**
   * Drops what is in a parcel, all of it or some counters, for good; answers how many entries.
   *
   * @throws InvalidArgumentError there is no such parcel, or no more
   */
  discard(id: string, names?: Iterable<string>): Promise<number> {
    return written(this.dependencies.events, () => this.discardAll(id, names));
  }

  private async replayAll(id: string, names?: Iterable<string>): Promise<ReplayResult> {
    const { cache, queue, events } = this.dependencies;
    const { partition, parcel } = await this.find(id);
    const result: ReplayResult = { replayed: 0, refused: [] };
    for await (const page of this.pages(partition, parcel, names)) {
      let left: readonly ParcelEntry[] = page;
      for (let attempt = 1; left.length > 0; attempt++) {
        const fields = left.map(({ field }) => field);
        const { replayed, refused, wake } = await cache.replay(partition, parcel, fields);
        result.replayed += replayed;
        if (wake !== undefined) queue.trigger(partition, wake);
        const reasons = new Map(refused.map(({ field, reason }) => [field, reason]));
        const cold = left.filter(({ field }) => reasons.get(field) === 'cold');
        const again = attempt < ATTEMPTS ? cold : [];
        const stay = left.filter((entry) => reasons.has(entry.field) && !again.includes(entry));
        result.refused.push(...stay.map(counterOf));
        if (again.length > 0) await this.dependencies.warm(new Set(again.map(({ name }) => name)));
        left = again;
      }
    }
    if (result.replayed > 0) {
      events.emit('replayed', { partition, parcel: id, counters: result.replayed });
    }
    return result;
  }

  private async discardAll(id: string, names?: Iterable<string>): Promise<number> {
    const { cache, events } = this.dependencies;
    const { partition, parcel } = await this.find(id);
    let counters = 0;
    for await (const page of this.pages(partition, parcel, names)) {
      const fields = page.map(({ field }) => field);
      counters += await cache.discard(partition, parcel, fields);
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
      `There is no parcel ${quote(id)}, or no more; list() tells which there are`,
    );
  }

  private async *pages(
    partition: number,
    parcel: string,
    names?: Iterable<string>,
  ): AsyncGenerator<ParcelEntry[], void, undefined> {
    const wanted = names === undefined ? undefined : new Set(await checkManyNames(names));
    // a few names are asked for one by one: what is not asked for is not answered
    const prefixes = wanted !== undefined && wanted.size <= FEW ? wanted : [undefined];
    for (const prefix of prefixes) {
      let cursor: string | undefined;
      do {
        const page = await this.dependencies.cache.openParcel(partition, parcel, cursor, prefix);
        const isAsked = (entry: ParcelEntry): boolean =>
          prefix === undefined
            ? (wanted?.has(counterOf(entry)) ?? true)
            : counterOf(entry) === prefix;
        const entries = page.entries.filter(isAsked);
        if (entries.length > 0) yield entries;
        cursor = page.cursor;
      } while (cursor !== undefined);
    }
  }
}

const counterOf = ({ name }: ParcelEntry): string => parseName(name).counter;

function parkedCount({ name, delta }: ParcelEntry): ParkedCount {
  const { counter, bucket } = parseName(name);
  const count = { name: counter, delta: BigInt(delta) };
  return bucket === undefined
    ? count
    : { ...count, window: bucket.window, start: new Date(bucket.start) };
}
