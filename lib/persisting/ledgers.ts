import type { CounterStore } from '../database/counter-store.js';
import type { CounterEvents } from '../events.js';

/** The seq of each partition's ledger; undefined where the database does not answer, which is an outage of persisting. */
export async function readLedgers(
  { store, events }: { store: Pick<CounterStore, 'read'>; events: CounterEvents },
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number> | undefined> {
  const { outages } = events;
  const begun = outages.begin();
  try {
    return (await store.read([], partitions)).ledgers;
  } catch (error) {
    for (const each of partitions) outages.failed('persist', each, error, begun);
    return undefined;
  }
}
