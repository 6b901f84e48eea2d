import type { CounterCache } from '../cache/counter-cache.js';
import { chunkByPartition, type Partitioner } from '../words/partitioner.js';
import type { CounterEvents } from '../events.js';
import type { CounterStore } from '../database/counter-store.js';

const CHUNK = 1000;

/** Tells which counters were counted before, in the cache or in the database. */
export class ExistingCounters {
  constructor(
    private readonly cache: CounterCache,
    private readonly store: CounterStore,
    private readonly partitionOf: Partitioner,
    private readonly events: CounterEvents,
  ) {}

  async among(names: Iterable<string>): Promise<ReadonlySet<string>> {
    const existing = new Set<string>();
    const { outages } = this.events;
    const rest: string[] = [];
    const chunks = chunkByPartition(new Set(names), this.partitionOf, CHUNK);
    await Promise.all(
      chunks.map(async ({ partition, names: asked }) => {
        const { parts } = await outages.watch('read', partition, this.cache.look(partition, asked));
        asked.forEach((name, index) => {
          const { pending, batch, base = '0' } = parts[index] ?? {};
          // a counter that does not exist is cached as 0 too
          const unpersisted = pending !== undefined || batch !== undefined;
          if (unpersisted || base !== '0') existing.add(name);
          else rest.push(name);
        });
      }),
    );
    if (rest.length > 0) {
      const { values } = await outages.watch('read', 'database', this.store.read(rest, []));
      for (const name of values.keys()) existing.add(name);
    }
    return existing;
  }
}
