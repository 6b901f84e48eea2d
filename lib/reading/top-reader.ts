import type { CounterCache } from '../cache/counter-cache.js';
import type { CounterStore, TopRow } from '../database/counter-store.js';
import { digitOf, parseName } from '../words/bucket-name.js';
import { partitionNumbers } from '../words/partitioner.js';
import { inSlices } from '../words/slices.js';
import type { TopAsked } from './top-asked.js';
import type { CountReader } from './count-reader.js';
import { exactCounts } from './exact-counts.js';
import { waitingPages } from './waiting-pages.js';

/** Rows of the database beyond those that are asked for: what waits changes their order. */
const MORE = 50;
/** By how much more rows are read where these were not enough. */
const GROWTH = 4;

/** What waits of a counter. */
interface Waiting {
  /** The most by which its count is above what the database has. */
  most: bigint;
  /** Whether its count may be below that. */
  falls: boolean;
}

type DependingOn = { cache: CounterCache; store: CounterStore; reader: Pick<CountReader, 'read'> };

/**
 * The counters that counted the most, with what waits to be persisted.
 *
 * The database answers rows in the order of their persisted values. A counter without such a row has at most the value of the last
 * row, and what waits of the counter. This sum is its bound. A counter is read exactly only if its bound comes before the last
 * counter that is asked for. This is the threshold algorithm: R. Fagin, A. Lotem, M. Naor, "Optimal aggregation algorithms for
 * middleware", 2003.
 */
export class TopReader {
  constructor(
    private readonly dependencies: DependingOn,
    private readonly partitions: number,
  ) {}

  async read(asked: TopAsked): Promise<TopRow[]> {
    // before the database is read: what is persisted in between is in its rows
    const waiting = await this.waiting(asked);
    const exact = new Map<string, bigint>();
    for (let limit = asked.limit + MORE; ; limit *= GROWTH) {
      const rows = await this.rows(asked, limit);
      // absent where there are no further rows
      const last = rows.length < limit ? undefined : rows.at(-1);
      await this.count(
        asked,
        exact,
        rows.map(({ name }) => name),
      );
      await this.countWaiting(asked, exact, waiting, last?.value ?? 0n);
      const found = ordered(exact, asked);
      const lowest = found[asked.limit - 1];
      const isSure = lowest && last && compare(lowest, ranked(last.name, last.value)) <= 0;
      if (last === undefined || isSure) return found.map(({ name, value }) => ({ name, value }));
    }
  }

  /** Reads counters that wait, those with the highest bound first, until no further one can come before the last that is asked for. */
  private async countWaiting(
    asked: TopAsked,
    exact: Map<string, bigint>,
    waiting: ReadonlyMap<string, Waiting>,
    /** The most that a counter has in the database that is not among the rows. */
    floor: bigint,
  ): Promise<void> {
    const others = Array.from(waiting, ([name, { most, falls }]) => {
      // its row may be above the first one that was asked for
      const isUnknown = falls && asked.after !== undefined;
      return ranked(name, isUnknown ? HIGHEST : floor + most);
    })
      .filter(({ name }) => !exact.has(name))
      .sort(compare);
    const step = asked.limit + MORE;
    for (let from = 0; from < others.length; from += step) {
      const bar = ordered(exact, asked)[asked.limit - 1];
      const [next, ...more] = others.slice(from, from + step);
      if (next === undefined || (bar !== undefined && compare(bar, next) < 0)) return;
      await this.count(
        asked,
        exact,
        [next, ...more].map(({ name }) => name),
      );
    }
  }

  private async rows({ prefix, windows, after }: TopAsked, limit: number): Promise<TopRow[]> {
    const { store } = this.dependencies;
    const atMost = after?.value;
    if (windows === undefined) {
      // everything with that value as well, as its order may be another one by what waits
      const place = atMost === undefined ? undefined : { name: LAST_NAME, value: atMost };
      return store.list({ prefix, order: 'value', direction: 'desc', limit, after: place });
    }
    const { window, starts } = windows;
    const [first = 0, last = first] = [starts[0], starts.at(-1)];
    return store.top({ window, first, last, prefix, atMost, limit });
  }

  /** Adds the counts of these, unless they are there. */
  private async count(
    { windows }: TopAsked,
    exact: Map<string, bigint>,
    names: readonly string[],
  ): Promise<void> {
    const missing = names.filter((name) => !exact.has(name));
    const found = await exactCounts(this.dependencies.reader, windows, missing);
    for (const [name, count] of found) exact.set(name, count);
  }

  private async waiting({ prefix, windows }: TopAsked): Promise<Map<string, Waiting>> {
    const { cache } = this.dependencies;
    const starts = new Set(windows?.starts);
    const window = windows && digitOf(windows.window);
    const found = new Map<string, Waiting>();
    const note = ({ name, delta }: { name: string; delta: string }): void => {
      const { counter, bucket } = parseName(name);
      if (bucket !== undefined && !starts.has(bucket.start)) return;
      const { most, falls } = found.get(counter) ?? { most: 0n, falls: false };
      const by = BigInt(delta);
      found.set(counter, by > 0n ? { most: most + by, falls } : { most, falls: true });
    };
    await Promise.all(
      partitionNumbers(this.partitions).map(async (partition) => {
        for await (const { entries } of waitingPages(cache, partition, { prefix, window })) {
          await inSlices(entries, note);
        }
      }),
    );
    return found;
  }
}

const HIGHEST = 2n ** 64n;

/** Behind all names of a value, in falling order. */
const LAST_NAME = '\u{10FFFF}'.repeat(191);

/** With the bytes of its name, which names are compared by. */
interface Ranked extends TopRow {
  bytes: Buffer;
}

const ranked = (name: string, value: bigint): Ranked => ({ name, value, bytes: Buffer.from(name) });

/** Above zero where the other one comes first: the highest value does, and of the same value the last name. */
const compare = (one: Ranked, other: Ranked): number => {
  if (one.value !== other.value) return one.value > other.value ? -1 : 1;
  return Buffer.compare(other.bytes, one.bytes);
};

function ordered(exact: ReadonlyMap<string, bigint>, { after, limit }: TopAsked): Ranked[] {
  const place = after && ranked(after.name, after.value);
  return Array.from(exact, ([name, value]) => ranked(name, value))
    .filter((row) => row.value !== 0n && (place === undefined || compare(place, row) < 0))
    .sort(compare)
    .slice(0, limit);
}
