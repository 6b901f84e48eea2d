import type { CounterCache } from '../../cache/counter-cache.js';
import type { CounterStore } from '../../database/counter-store.js';
import { CacheUnavailableError } from '../../errors.js';
import { AWAY } from './waiting-rows.js';

/** Milliseconds for which places are remembered. */
const REMEMBERED = 1000;

/** Where counters are counted. Each place is at most 128 characters long. */
export interface Places {
  /** Of this Redis, or this embedded process. */
  isHere: (place: string) => boolean;
  /** The memory in which a counter is counted. */
  of: (name: string) => string;
}

interface PlaceDependencies {
  cache: Pick<CounterCache, 'look'>;
  store: Pick<CounterStore, 'read'>;
  /** Of this Redis, or of this embedded process. */
  identity: () => Promise<string>;
  setUp: (partition: number) => Promise<unknown>;
  partitionOf: (name: string) => number;
  partitions: readonly number[];
}

/**
 * The places where increments are counted: each is one unbroken memory, of one partition (its generation), of one Redis. A row of the outbox that
 * somebody began to count in another one may have been counted there: that memory is gone, and with it the key of the row.
 */
export class CountingPlaces {
  private last: { places: Places; at: number } | undefined;

  constructor(private readonly dependencies: PlaceDependencies) {}

  /**
   * For rows that are taken now. They are of the last second: where a memory was lost since, a row that is not counted at once counts
   * as taken in the one before.
   */
  async toTake(): Promise<Places> {
    const { last } = this;
    if (last !== undefined && performance.now() - last.at < REMEMBERED) return last.places;
    const at = performance.now();
    const { partitions } = this.dependencies;
    const generations = await Promise.all(
      partitions.map(async (partition) => [partition, await this.generationOf(partition)] as const),
    );
    const places = await this.placesOf(new Map(generations));
    this.last = { places, at };
    return places;
  }

  /**
   * As they are now, for rows that were taken before. Rejects where Redis went back in time, and nobody has found that yet: what it knows may be
   * less than what is counted.
   */
  async now(names: readonly string[]): Promise<Places> {
    const { store, cache, partitionOf } = this.dependencies;
    const concerned = [...new Set(names.map(partitionOf))];
    // the ledgers first: a batch in between moves the fence further, and not behind the ledger
    const { ledgers } = await store.read([], concerned);
    const generations = new Map<number, string>();
    for (const partition of concerned) {
      const { fence = 0, generation } = await cache.look(partition, []);
      if (generation === undefined || fence < (ledgers.get(partition) ?? 0)) {
        throw new CacheUnavailableError(AWAY);
      }
      generations.set(partition, generation);
    }
    return this.placesOf(generations);
  }

  private async placesOf(generations: ReadonlyMap<number, string>): Promise<Places> {
    const { partitionOf } = this.dependencies;
    const identity = `${await this.dependencies.identity()} `;
    return {
      isHere: (place) => place.startsWith(identity),
      of: (name) => identity + (generations.get(partitionOf(name)) ?? ''),
    };
  }

  private async generationOf(partition: number): Promise<string> {
    const { cache, setUp } = this.dependencies;
    const before = await cache.look(partition, []);
    if (before.generation !== undefined) return before.generation;
    await setUp(partition);
    const { generation } = await cache.look(partition, []);
    if (generation === undefined) throw new CacheUnavailableError(AWAY);
    return generation;
  }
}
