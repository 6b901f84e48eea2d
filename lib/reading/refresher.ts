import type { CounterCache } from '../cache/counter-cache.js';
import { chunkByPartition, type Partitioner } from '../words/partitioner.js';
import type { CountReader } from './count-reader.js';

/** More names of a partition cost more to look for than to read all that it has cached anew. */
const MOST = 1000;

/**
 * Drops cached values, so that the next read asks the database. What is near the end of the 64-bit range stays known until it is
 * read, as increments are judged by it: so that is read here.
 */
export class Refresher {
  constructor(
    private readonly cache: Pick<CounterCache, 'refresh'>,
    private readonly reader: Pick<CountReader, 'warm'>,
    private readonly partitionOf: Partitioner,
  ) {}

  async refresh(names: readonly string[]): Promise<void> {
    const chunks = chunkByPartition([...new Set(names)], this.partitionOf, Infinity);
    const near = await Promise.all(
      chunks.map(({ partition, names: asked }) => this.refreshIn(partition, asked)),
    );
    if (near.some((some) => some.length > 0)) await this.reader.warm(near.flat());
  }

  private async refreshIn(partition: number, names: readonly string[]): Promise<string[]> {
    const meant = names.length > MOST ? undefined : names;
    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.cache.refresh(partition, meant, cursor);
      all.push(...page.near);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  }
}
