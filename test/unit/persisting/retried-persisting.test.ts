import { expect, test } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../lib/cache/cache-timings.js';
import { MemoryCounterCache } from '../../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../../lib/cache/memory/state/memory-states.js';
import { CacheUnavailableError, DatabaseUnavailableError } from '../../../lib/errors.js';
import { CounterEvents } from '../../../lib/events.js';
import { LossReporter } from '../../../lib/persisting/loss-reporter.js';
import { Parking } from '../../../lib/persisting/parking.js';
import { Persister } from '../../../lib/persisting/persister.js';
import { RestoredDatabase } from '../../../lib/persisting/restored-database.js';
import { seed } from '../../conformance/partition.js';
import { FaultyStore } from '../../support/faulty-store.js';

/** A process whose partition 0 is set up, and where nothing waits. */
async function startProcess() {
  const cache = new MemoryCounterCache(
    new MemoryStates(),
    { queues: 1, timeZone: 'UTC' },
    DEFAULT_TIMINGS,
  );
  await seed(cache, 1, 'first');
  const store = new FaultyStore();
  const events = new CounterEvents();
  const losses = new LossReporter(cache, store, events);
  const restored = new RestoredDatabase(cache, events);
  const persister = new Persister(cache, store, events, new Parking(cache, losses), restored);
  const failing = (): string[] => [...events.outages.placesOf('persist')];
  return { cache, store, events, persister, failing };
}

test('an outage of persisting that others have ended is over once both servers do what they are asked', async () => {
  const { cache, store, events, persister, failing } = await startProcess();
  events.outages.failed('persist', 0, new DatabaseUnavailableError('away'));
  store.beforeRead = () => Promise.reject(new DatabaseUnavailableError('away'));
  await persister.retry(0);
  expect(failing()).toEqual(['0']);
  store.beforeRead = () => Promise.resolve();
  // a full Redis answers reads
  const sweep = cache.sweep.bind(cache);
  cache.sweep = () => Promise.reject(new CacheUnavailableError('OOM'));
  await expect(persister.retry(0)).rejects.toThrow('OOM');
  expect(failing()).toEqual(['0']);
  cache.sweep = sweep;
  await persister.retry(0);
  expect(failing()).toEqual([]);
});

test('a mistake of the program is not over as soon as another process persists', async () => {
  const { cache, persister, failing } = await startProcess();
  const claim = cache.claim.bind(cache);
  cache.claim = () => Promise.reject(new TypeError('no such method'));
  await expect(persister.persist(0)).rejects.toThrow(TypeError);
  cache.claim = claim;
  await persister.retry(0);
  await persister.persist(0);
  expect(failing()).toEqual(['0']);
});
