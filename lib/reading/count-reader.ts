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
import { type FoundTotal, FoundTotals } from './found-totals.js';
import { GatheredLooks } from './gathering/gathered-looks.js';
import { GatheredRows } from './gathering/gathered-rows.js';

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
  private readonly filler: BaseFiller;
  private readonly looks: GatheredLooks;
  private readonly rows: GatheredRows;

  constructor(
    private readonly partitionOf: Partitioner,
    private readonly dependencies: ReaderDependencies,
  ) {
    this.filler = new BaseFiller(dependencies.cache, CHUNK);
    this.looks = new GatheredLooks((partition, names) => this.lookAt(partition, names), CHUNK);
    this.rows = new GatheredRows((names, partitions) => this.readRows(names, partitions), SLICE);
  }

  /** Totals in the order of the names; one round trip a partition to the cache, and at most one to the database, for each slice of them. */
  async read(names: readonly string[]): Promise<Total[]> {
    return (await this.readAll(names, {})) as Total[];
  }

  /** As `read()`, with the error in the place of each total that could not be read. */
  readSettled(names: readonly string[]): Promise<FoundTotal[]> {
    return this.readAll(names, { settled: true });
  }

  /** Reads, and waits until the bases are cached, if that is possible now. */
  async warm(names: Iterable<string>): Promise<Map<string, bigint>> {
    const asked = [...names];
    const totals = (await this.readAll(asked, { waitForFill: true })) as Total[];
    return new Map(asked.map((name, place) => [name, BigInt(totals[place] ?? 0)]));
  }

  /** Reads where a read failed: a partition of the cache, or the database. */
  async retry(place: string): Promise<void> {
    // a name that no counter has
    if (place === DATABASE) await this.readRows([''], [0]);
    else await this.lookAt(Number(place), []);
  }

  private lookAt(partition: number, names: readonly string[]): Promise<Look> {
    const { cache, events } = this.dependencies;
    this.filler.beforeLook(partition, names);
    return events.outages.watch('read', partition, cache.look(partition, names));
  }

  private readRows(
    names: readonly string[],
    partitions: readonly number[],
  ): Promise<PersistedValues> {
    const { store, events } = this.dependencies;
    return events.outages.watch('read', DATABASE, store.read(names, partitions));
  }

  /** Many are read in slices, one after the other: statements and answers are of bounded length. */
  private async readAll(
    names: readonly string[],
    { settled = false, waitForFill = false },
  ): Promise<FoundTotal[]> {
    const all: FoundTotal[] = [];
    for (let from = 0; from === 0 || from < names.length; from += SLICE) {
      const part = names.length <= SLICE ? names : names.slice(from, from + SLICE);
      await slice(part.length);
      const found = new FoundTotals(part, settled);
      await this.readSlice(found, waitForFill);
      if (part === names) return found.totals;
      all.push(...found.totals);
    }
    return all;
  }

  private async readSlice(found: FoundTotals, waitForFill: boolean): Promise<void> {
    const ledgers = new Map<number, number>();
    let cold = await this.look(found, undefined);
    for (let attempt = 1; cold.length > 0; attempt++) {
      const overtaken = await this.readCold(found, cold, ledgers, waitForFill);
      if (attempt < ATTEMPTS || overtaken.length === 0) {
        cold = await this.parkRewound(found, await this.look(found, overtaken), ledgers);
        continue;
      }
      const tooOften = new CacheUnavailableError(
        `${overtaken.length} counters could not be read: during each of ${ATTEMPTS} attempts, a batch changed them in the database`,
      );
      await found.about(overtaken, () => Promise.reject(tooOften));
      return;
    }
  }

  /** A fence below a ledger that was read before it: the cache forgot batches that were persisted. Answers those that can be read. */
  private async parkRewound(
    found: FoundTotals,
    cold: readonly Cold[],
    ledgers: ReadonlyMap<number, number>,
  ): Promise<Cold[]> {
    const readable: Cold[] = [];
    for (const one of cold) {
      const { partition, look, places } = one;
      const ledgerSeq = ledgers.get(partition);
      const isRewound =
        look.fence !== undefined && ledgerSeq !== undefined && look.fence < ledgerSeq;
      const park = async (): Promise<true> => {
        await this.dependencies.parking.park(partition, ledgerSeq ?? 0);
        return true;
      };
      if (!isRewound || (await found.about(places, park))) readable.push(one);
    }
    return readable;
  }

  /** Puts the totals that the cache knows alone, and answers the rest. `placesOf`: where the names were asked for; all by default. */
  private async look(found: FoundTotals, placesOf: readonly number[] | undefined): Promise<Cold[]> {
    const names = placesOf === undefined ? found.names : found.namesAt(placesOf);
    const chunks = chunkByPartition(names, this.partitionOf, CHUNK);
    const looks = await Promise.all(
      chunks.map(async ({ partition, names: asked, places }): Promise<Cold | undefined> => {
        const given = placesOf === undefined ? places : places.map((place) => placesOf[place] ?? 0);
        const look = await found.about(given, () => this.lookExpecting(partition, asked));
        if (look === undefined) return undefined;
        const cold: Cold = { partition, look, names: [], places: [], parts: [] };
        for (let i = 0; i < asked.length; i++) {
          const { base, batch, pending } = look.parts[i] ?? {};
          const place = given[i] as number;
          if (base !== undefined) {
            found.put(place, sumOf(base, batch, pending));
            continue;
          }
          cold.names.push(asked[i] as string);
          cold.places.push(place);
          cold.parts.push({ batch, pending });
        }
        return cold;
      }),
    );
    return looks.filter((cold) => cold !== undefined && cold.names.length > 0) as Cold[];
  }

  private async lookExpecting(partition: number, names: readonly string[]): Promise<Look> {
    const look = await this.looks.look(partition, names);
    await this.dependencies.settings.expect(look.settings);
    return look;
  }

  /** Puts the totals of those that no batch overtook, and answers the places of the others. */
  private async readCold(
    found: FoundTotals,
    cold: readonly Cold[],
    ledgers: Map<number, number>,
    waitForFill: boolean,
  ): Promise<number[]> {
    const names = cold.flatMap((one) => one.names);
    const all = cold.flatMap((one) => one.places);
    const partitions = [...new Set(cold.map(({ partition }) => partition))];
    const persisted = await found.about(all, () => this.rows.read(names, partitions));
    if (persisted === undefined) return [];
    const overtaken: number[] = [];
    const fills: Promise<void>[] = [];
    for (const { partition, look, names: asked, places, parts } of cold) {
      const ledgerSeq = persisted.ledgers.get(partition) ?? 0;
      if (look.fence !== undefined && ledgerSeq > look.fence) {
        ledgers.set(partition, ledgerSeq);
        overtaken.push(...places);
        continue;
      }
      const { restored } = this.dependencies;
      // never rejects the read: what it has is of the database as it is
      await restored.compare(partition, look, ledgerSeq).catch(() => undefined);
      const batchCounts = look.batchSeq !== undefined && ledgerSeq < look.batchSeq;
      const values = new Map<string, Int64String>();
      asked.forEach((name, index) => {
        const value = persisted.values.get(name) ?? '0';
        const { batch, pending } = parts[index] ?? {};
        values.set(name, value);
        found.put(places[index] as number, sumOf(value, batchCounts ? batch : undefined, pending));
      });
      const { fence, generation, batchSeq, refreshes } = look;
      if (fence === undefined || generation === undefined) continue;
      const fill = { fence, generation, batchSeq, refreshes, ledgerSeq, values };
      if (waitForFill) fills.push(this.filler.fill(partition, fill));
      else this.filler.fillSoon(partition, fill);
    }
    await Promise.all(fills);
    return overtaken;
  }
}
