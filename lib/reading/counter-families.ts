import type { CounterCache } from '../cache/counter-cache.js';
import type { CounterStore, NamesQuery } from '../database/counter-store.js';
import { bucketSuffix, parseName } from '../words/bucket-name.js';
import { type Partitioner, partitionNumbers } from '../words/partitioner.js';
import { inSlices } from '../words/slices.js';
import { waitingPages } from './waiting-pages.js';

/** Names in one question to the database. */
const ASKED = 500;
const PAGE = 1000;

/** Names that a step looks at in the database. */
const STEP = 20_000;

/** Which counters are asked for, by what their names consist of. */
export interface NamesAsked extends Pick<NamesQuery, 'prefix' | 'pieces'> {
  /** Whether a counter is meant: there are names with these pieces that are not. */
  isMeant: (counter: string) => boolean;
}

interface FamilyDependencies {
  cache: Pick<CounterCache, 'waiting'>;
  store: Pick<CounterStore, 'list' | 'buckets' | 'names'>;
  partitionOf: Partitioner;
  partitions: number;
}

/**
 * Finds counters and the buckets that they have: those that wait to be persisted, and those with a row. The cache is asked
 * first, so what is persisted in between is among the rows.
 */
export class CounterFamilies {
  constructor(private readonly dependencies: FamilyDependencies) {}

  /** The buckets of counters, the latest first, by their suffixes. */
  async bucketsOf(names: readonly string[]): Promise<Map<string, string[]>> {
    const { store, partitionOf } = this.dependencies;
    const found = new Map(names.map((name) => [name, new Map<string, number>()]));
    const note = (name: string): void => {
      const { counter, bucket } = parseName(name);
      if (bucket !== undefined) found.get(counter)?.set(bucketSuffix(bucket), bucket.start);
    };
    const prefix = names.length === 1 ? (names[0] ?? '') : '';
    for (const partition of new Set(names.map(partitionOf))) {
      for await (const page of this.waiting(partition, prefix, '')) await inSlices(page, note);
    }
    for (let from = 0; from < names.length; from += ASKED) {
      const of = names.slice(from, from + ASKED);
      let after: string | undefined;
      do {
        const page = await store.buckets({ of, after, limit: PAGE });
        await inSlices(page, note);
        after = page.length < PAGE ? undefined : page.at(-1);
      } while (after !== undefined);
    }
    return new Map(Array.from(found, ([name, buckets]) => [name, latestFirst(buckets)]));
  }

  /** Pages of counters whose name begins with a prefix, also of those of which nothing but buckets is left. A counter may come again. */
  async *withPrefix(prefix: string): AsyncGenerator<string[]> {
    const { store, partitions } = this.dependencies;
    for (const partition of partitionNumbers(partitions)) {
      for await (const page of this.waiting(partition, prefix)) yield page;
    }
    const query = { prefix, order: 'name', direction: 'asc', limit: PAGE } as const;
    for (let after: { name: string; value: bigint } | undefined; ;) {
      const rows = await store.list({ ...query, after });
      if (rows.length > 0) yield rows.map(({ name }) => name);
      if (rows.length < PAGE) break;
      after = rows.at(-1);
    }
    for (let after: string | undefined; ;) {
      const names = await store.buckets({ of: { prefix }, after, limit: PAGE });
      if (names.length > 0) yield [...new Set(names.map((name) => parseName(name).counter))];
      if (names.length < PAGE) return;
      after = names.at(-1);
    }
  }

  /**
   * Counters by what their names consist of, also those of which nothing but buckets is left: first those that wait, then those with
   * rows, in steps that hold few names. A counter may come again.
   */
  async *consistingOf({ prefix, pieces, isMeant }: NamesAsked): AsyncGenerator<string[]> {
    const { store, partitions } = this.dependencies;
    for (const partition of partitionNumbers(partitions)) {
      for (const window of [undefined, '']) {
        for await (const page of this.waiting(partition, prefix, window)) {
          const counters = new Set<string>();
          await inSlices(page, (name) => void counters.add(parseName(name).counter));
          yield [...counters].filter(isMeant);
        }
      }
    }
    for (const of of ['counters', 'buckets'] as const) {
      for (let after: string | undefined; ;) {
        const { names, next } = await store.names({ of, prefix, pieces, after, limit: STEP });
        yield names.filter(isMeant);
        if (next === undefined) break;
        after = next;
      }
    }
  }

  private async *waiting(
    partition: number,
    prefix: string,
    window?: string,
  ): AsyncGenerator<string[]> {
    const { cache } = this.dependencies;
    for await (const { entries } of waitingPages(cache, partition, { prefix, window })) {
      if (entries.length > 0) yield entries.map(({ name }) => name);
    }
  }
}

/** Suffixes in the order of their times, the last first. */
const latestFirst = (buckets: ReadonlyMap<string, number>): string[] =>
  [...buckets].sort(([, one], [, other]) => other - one).map(([suffix]) => suffix);
