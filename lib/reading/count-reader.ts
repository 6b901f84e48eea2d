import type { CachedParts, CounterCache, Look } from '../cache/counter-cache.js';
import { sumOf } from '../cache/int64.js';
import { chunkByPartition, type Partitioner } from '../cache/partitioner.js';
import { CacheUnavailableError } from '../errors.js';
import type { CounterEvents } from '../events.js';
import type { CounterStore } from '../persistence/counter-store.js';

/** Names in one look at a partition. */
const CHUNK = 1000;
/** Looks that were overtaken by a batch in a row: a look lasts one round trip, a batch comes once a tick or so. */
const ATTEMPTS = 100;

/** Names of one partition that were looked at together, without a cached base. */
interface Cold {
  partition: number;
  look: Look;
  parts: ReadonlyMap<string, CachedParts>;
}

/**
 * total = persisted value + open batch + pending.
 *
 * One atomic look at the cache; what has no cached base there comes from the database, value and
 * ledger in one statement. The two moments differ: a batch claimed after the look shows in a ledger
 * beyond the fence that was seen, and the read starts over; the open batch counts unless the ledger
 * has it already.
 */
export class CountReader {
  constructor(
    private readonly cache: CounterCache,
    private readonly store: CounterStore,
    private readonly partitionOf: Partitioner,
    private readonly events: CounterEvents,
    /** Called when the cache is proven to have gone back in time. */
    private readonly park: (partition: number, ledgerSeq: number) => Promise<unknown>,
    /** Rejects a look at a partition that was laid out for another number of queues. */
    private readonly expectQueues: (queues: number | undefined) => Promise<void>,
  ) {}

  /** Totals by name; one round trip a partition to the cache, and at most one to the database. */
  async read(names: Iterable<string>): Promise<Map<string, bigint>> {
    return this.readAll([...new Set(names)], false);
  }

  /** Reads, and waits until the bases are cached, if that is possible now. */
  warm(names: Iterable<string>): Promise<Map<string, bigint>> {
    return this.readAll([...new Set(names)], true);
  }

  private async readAll(
    names: readonly string[],
    waitForFill: boolean,
  ): Promise<Map<string, bigint>> {
    const totals = new Map<string, bigint>();
    const ledgers = new Map<number, number>();
    let left = names;
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt === ATTEMPTS) {
        throw new CacheUnavailableError(
          `Batches overtook ${ATTEMPTS} reads of ${left.length} counters in a row`,
        );
      }
      const cold = await this.look(left, totals);
      await this.parkRewound(cold, ledgers);
      left = await this.readCold(cold, totals, ledgers, waitForFill);
    }
    return totals;
  }

  /** A fence below a ledger that was read before it: the cache forgot batches that were persisted. */
  private async parkRewound(
    cold: readonly Cold[],
    ledgers: ReadonlyMap<number, number>,
  ): Promise<void> {
    for (const { partition, look } of cold) {
      const ledgerSeq = ledgers.get(partition);
      if (look.fence === undefined || ledgerSeq === undefined || look.fence >= ledgerSeq) continue;
      await this.park(partition, ledgerSeq);
    }
  }

  /** Puts the totals that the cache knows alone, and answers the rest. */
  private async look(names: readonly string[], totals: Map<string, bigint>): Promise<Cold[]> {
    const chunks = chunkByPartition(names, this.partitionOf, CHUNK);
    const looks = await Promise.all(
      chunks.map(async ({ partition, names: asked }) => {
        const look = await this.cache.look(partition, asked);
        await this.expectQueues(look.queues);
        const parts = new Map<string, CachedParts>();
        asked.forEach((name, index) => {
          const found = look.parts[index] ?? {};
          if (found.base === undefined) parts.set(name, found);
          else totals.set(name, sumOf(found.base, found.batch, found.pending));
        });
        return { partition, look, parts };
      }),
    );
    return looks.filter(({ parts }) => parts.size > 0);
  }

  /** Puts the totals of those that no batch overtook, and answers the names of the others. */
  private async readCold(
    cold: readonly Cold[],
    totals: Map<string, bigint>,
    ledgers: Map<number, number>,
    waitForFill: boolean,
  ): Promise<string[]> {
    if (cold.length === 0) return [];
    const names = cold.flatMap(({ parts }) => [...parts.keys()]);
    const partitions = [...new Set(cold.map(({ partition }) => partition))];
    const persisted = await this.events.watch('database', this.store.read(names, partitions));
    const overtaken: string[] = [];
    const fills: Promise<void>[] = [];
    for (const { partition, look, parts } of cold) {
      const ledgerSeq = persisted.ledgers.get(partition) ?? 0;
      if (look.fence !== undefined && ledgerSeq > look.fence) {
        ledgers.set(partition, ledgerSeq);
        overtaken.push(...parts.keys());
        continue;
      }
      const batchCounts = look.batchSeq !== undefined && ledgerSeq < look.batchSeq;
      const values = new Map<string, bigint>();
      for (const [name, found] of parts) {
        const value = persisted.values.get(name) ?? 0n;
        values.set(name, value);
        totals.set(name, value + unpersisted(found, batchCounts));
      }
      fills.push(this.fill(partition, look, ledgerSeq, values));
    }
    const filled = Promise.all(fills);
    if (waitForFill) await filled;
    return overtaken;
  }

  /** Never rejects: a base that is not cached costs a query next time. */
  private async fill(
    partition: number,
    { fence, generation, batchSeq }: Look,
    ledgerSeq: number,
    values: ReadonlyMap<string, bigint>,
  ): Promise<void> {
    if (fence === undefined || generation === undefined) return;
    const fill = { fence, generation, batchSeq, ledgerSeq, values };
    await this.cache.fill(partition, fill).catch(() => undefined);
  }
}

function unpersisted({ pending, batch }: CachedParts, batchCounts = true): bigint {
  return sumOf('0', batchCounts ? batch : undefined, pending);
}
