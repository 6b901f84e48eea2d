import type { CachedParts, CounterCache, Look } from '../cache/counter-cache.js';
import { type Int64String, sumOf, type Total } from '../words/int64.js';
import { chunkByPartition, type Partitioner } from '../words/partitioner.js';
import { CacheUnavailableError } from '../errors.js';
import type { CounterEvents } from '../events.js';
import type { SettingsCheck } from '../persisting/neighbours/settings-check.js';
import type { Parking } from '../persisting/parking.js';
import type { RestoredDatabase } from '../persisting/restored-database.js';
import type { CounterStore, PersistedValues } from '../database/counter-store.js';
import { SLICE, slice } from '../words/slices.js';
import { BaseFiller } from './base-filler.js';

/** Names in one look at a partition. */
const CHUNK = 1000;
/** Looks that were overtaken by a batch in a row: a look lasts one round trip, a batch comes once a tick or so. */
const ATTEMPTS = 100;
/** Where a read can fail, beside the partitions. */
const DATABASE = 'database';

/** Names of one partition that were looked at together and have no cached base, and where they were asked for. */
interface Cold {
  partition: number;
  look: Look;
  names: string[];
  places: number[];
  parts: CachedParts[];
}

interface ReaderDependencies {
  cache: CounterCache;
  store: CounterStore;
  events: CounterEvents;
  /** Whether this process was told what the partitions were seeded with. */
  settings: SettingsCheck;
  /** Where a read proves that the database went back in time, */
  restored: RestoredDatabase;
  /** and where it proves that the cache did. */
  parking: Parking;
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
  private readonly cache: CounterCache;
  private readonly store: CounterStore;
  private readonly events: CounterEvents;
  private readonly filler: BaseFiller;

  constructor(
    private readonly partitionOf: Partitioner,
    private readonly dependencies: ReaderDependencies,
  ) {
    const { cache, store, events } = dependencies;
    this.cache = cache;
    this.store = store;
    this.events = events;
    this.filler = new BaseFiller(cache);
  }

  /** Totals in the order of the names; one round trip a partition to the cache, and at most one to the database, for each slice of them. */
  read(names: readonly string[]): Promise<Total[]> {
    return this.readAll(names, false);
  }

  /** Reads, and waits until the bases are cached, if that is possible now. */
  async warm(names: Iterable<string>): Promise<Map<string, bigint>> {
    const asked = [...names];
    const totals = await this.readAll(asked, true);
    return new Map(asked.map((name, place) => [name, BigInt(totals[place] ?? 0)]));
  }

  /** Reads where a read failed: a partition of the cache, or the database. */
  async retry(place: string): Promise<void> {
    // a name that no counter has
    if (place === DATABASE) await this.readRows([''], [0]);
    else await this.lookAt(Number(place), []);
  }

  private lookAt(partition: number, names: readonly string[]): Promise<Look> {
    this.filler.beforeLook(partition, names);
    return this.events.outages.watch('read', partition, this.cache.look(partition, names));
  }

  private readRows(
    names: readonly string[],
    partitions: readonly number[],
  ): Promise<PersistedValues> {
    return this.events.outages.watch('read', DATABASE, this.store.read(names, partitions));
  }

  /** Many are read in slices, one after the other: statements and answers are of bounded length. */
  private async readAll(names: readonly string[], waitForFill: boolean): Promise<Total[]> {
    await slice(Math.min(names.length, SLICE));
    if (names.length <= SLICE) return this.readSlice(names, waitForFill);
    const totals: Total[] = [];
    for (let from = 0; from < names.length; from += SLICE) {
      if (from > 0) await slice(SLICE);
      totals.push(...(await this.readSlice(names.slice(from, from + SLICE), waitForFill)));
    }
    return totals;
  }

  private async readSlice(names: readonly string[], waitForFill: boolean): Promise<Total[]> {
    const totals = new Array<Total>(names.length);
    const ledgers = new Map<number, number>();
    let cold = await this.look(names, undefined, totals);
    for (let attempt = 1; cold.length > 0; attempt++) {
      await this.parkRewound(cold, ledgers);
      const overtaken = await this.readCold(cold, totals, ledgers, waitForFill);
      if (overtaken.length > 0 && attempt === ATTEMPTS) {
        throw new CacheUnavailableError(
          `${overtaken.length} counters could not be read: during each of ${ATTEMPTS} attempts, a batch changed them in the database`,
        );
      }
      cold = await this.look(
        overtaken.map((place) => names[place] as string),
        overtaken,
        totals,
      );
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
      await this.dependencies.parking.park(partition, ledgerSeq);
    }
  }

  /** Puts the totals that the cache knows alone, and answers the rest. `placesOf`: where the names were asked for. */
  private async look(
    names: readonly string[],
    placesOf: readonly number[] | undefined,
    totals: Total[],
  ): Promise<Cold[]> {
    const chunks = chunkByPartition(names, this.partitionOf, CHUNK);
    const looks = await Promise.all(
      chunks.map(async ({ partition, names: asked, places }): Promise<Cold> => {
        const look = await this.lookAt(partition, asked);
        await this.dependencies.settings.expect(look.settings);
        const cold: Cold = { partition, look, names: [], places: [], parts: [] };
        for (let i = 0; i < asked.length; i++) {
          const found = look.parts[i] ?? {};
          const given = places[i] as number;
          const place = placesOf?.[given] ?? given;
          if (found.base !== undefined) {
            totals[place] = sumOf(found.base, found.batch, found.pending);
            continue;
          }
          cold.names.push(asked[i] as string);
          cold.places.push(place);
          cold.parts.push(found);
        }
        return cold;
      }),
    );
    return looks.filter((cold) => cold.names.length > 0);
  }

  /** Puts the totals of those that no batch overtook, and answers the places of the others. */
  private async readCold(
    cold: readonly Cold[],
    totals: Total[],
    ledgers: Map<number, number>,
    waitForFill: boolean,
  ): Promise<number[]> {
    const names = cold.flatMap((one) => one.names);
    const partitions = [...new Set(cold.map(({ partition }) => partition))];
    const persisted = await this.readRows(names, partitions);
    const overtaken: number[] = [];
    const fills: Promise<void>[] = [];
    for (const { partition, look, names: asked, places, parts } of cold) {
      const ledgerSeq = persisted.ledgers.get(partition) ?? 0;
      if (look.fence !== undefined && ledgerSeq > look.fence) {
        ledgers.set(partition, ledgerSeq);
        overtaken.push(...places);
        continue;
      }
      // never rejects the read: what it has is of the database as it is
      await this.dependencies.restored.compare(partition, look, ledgerSeq).catch(() => undefined);
      const batchCounts = look.batchSeq !== undefined && ledgerSeq < look.batchSeq;
      const values = new Map<string, Int64String>();
      asked.forEach((name, index) => {
        const value = persisted.values.get(name) ?? '0';
        const { batch, pending } = parts[index] ?? {};
        values.set(name, value);
        totals[places[index] as number] = sumOf(value, batchCounts ? batch : undefined, pending);
      });
      const { fence, generation, batchSeq } = look;
      if (fence === undefined || generation === undefined) continue;
      const fill = { fence, generation, batchSeq, ledgerSeq, values };
      if (waitForFill) fills.push(this.filler.fill(partition, fill));
      else this.filler.fillSoon(partition, fill);
    }
    await Promise.all(fills);
    return overtaken;
  }
}
