import type { CounterCache } from '../cache/counter-cache.js';
import type { ParcelEntry } from '../cache/parcels.js';
import type { CounterEvents } from '../events.js';
import type { ChangeOptions } from '../input/counter.types.js';
import { partitionNumbers } from '../words/partitioner.js';
import { asTheyAre, counterOf, tellChanges, without } from './parked-entry.js';

interface ParkedNames {
  prefix: string;
  isMeant: (counter: string) => boolean;
}

/** Drops what was put aside of certain counters, in all parcels. */
export class ParkedErasure {
  constructor(
    private readonly cache: Pick<CounterCache, 'parcels' | 'openParcel' | 'discard'>,
    private readonly events: CounterEvents,
    private readonly partitions: number,
  ) {}

  /** Answers how many entries that were. */
  async discard(names: ParkedNames, change: ChangeOptions): Promise<number> {
    let dropped = 0;
    for (const partition of partitionNumbers(this.partitions)) {
      for (const { id } of await this.cache.parcels(partition)) {
        const counters = await this.discardOf(partition, id, { ...names, change });
        if (counters === 0) continue;
        dropped += counters;
        this.events.emit('discarded', { partition, parcel: `${partition}/${id}`, counters });
      }
    }
    return dropped;
  }

  private async discardOf(
    partition: number,
    id: string,
    { prefix, isMeant, change }: ParkedNames & { change: ChangeOptions },
  ): Promise<number> {
    const { cache, events } = this;
    let dropped = 0;
    for (let cursor: string | undefined; ;) {
      const page = await cache.openParcel(partition, id, cursor, prefix);
      const entries = page.entries.filter((entry: ParcelEntry) => isMeant(counterOf(entry)));
      for (let left = entries; left.length > 0;) {
        const changed = await cache.discard(partition, id, left);
        const now = without(left, changed);
        tellChanges(events, 'discard', now, change);
        dropped += now.length;
        left = asTheyAre(left, changed);
      }
      if (page.cursor === undefined) return dropped;
      cursor = page.cursor;
    }
  }
}
