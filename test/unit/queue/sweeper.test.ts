import { afterEach, expect, test } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../lib/cache/cache-timings.js';
import type { PartitionHealth } from '../../../lib/cache/counter-cache.js';
import { MemoryCounterCache } from '../../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../../lib/cache/memory/memory-states.js';
import { CounterEvents } from '../../../lib/events.js';
import { LossReporter } from '../../../lib/persistence/loss-reporter.js';
import { Persister } from '../../../lib/persistence/persister.js';
import { Seeder } from '../../../lib/persistence/seeder.js';
import { SettingsCheck } from '../../../lib/persistence/settings-check.js';
import type { PersistQueue } from '../../../lib/queue/persist-queue.js';
import { Sweeper } from '../../../lib/queue/sweeper.js';
import { seed } from '../../conformance/partition.js';
import { MemoryStore } from '../../support/counting.js';

const SETTINGS = { queues: 1, timeZone: 'UTC' };
const started: Sweeper[] = [];

afterEach(() => Promise.all(started.splice(0).map((sweeper) => sweeper.stop())));

/** A process with workers; `reports` has what it told of losses. */
function startProcess(cache: MemoryCounterCache, store = new MemoryStore()) {
  const events = new CounterEvents();
  const reports: unknown[] = [];
  for (const event of ['parked', 'redisWiped'] as const) {
    events.on(event, (report) => reports.push({ event, ...report }));
  }
  const losses = new LossReporter(cache, events);
  const settings = new SettingsCheck(cache, 'test', SETTINGS);
  const seeder = new Seeder(cache, store, settings, losses);
  const persister = new Persister(cache, store, events, losses);
  const queue = {} as PersistQueue;
  const sweeper = new Sweeper({ cache, store, queue, seeder, persister, losses, events }, 1, 5);
  sweeper.start();
  started.push(sweeper);
  return reports;
}

/** A store of counts that says how often it was swept. */
class SweptCache extends MemoryCounterCache {
  failures = 0;
  private sweeps = 0;

  constructor() {
    super(new MemoryStates(), SETTINGS, DEFAULT_TIMINGS);
  }

  override sweep(partition: number): Promise<PartitionHealth> {
    this.sweeps++;
    return super.sweep(partition);
  }

  override reported(partition: number, generation: string): Promise<void> {
    if (this.failures-- > 0) return Promise.reject(new Error('no answer'));
    return super.reported(partition, generation);
  }

  /** What sweeps do once was done by then. */
  async sweptOften(): Promise<void> {
    const { sweeps } = this;
    await expect.poll(() => this.sweeps).toBeGreaterThan(sweeps + 10);
  }
}

test('a parking whose finder died is reported by the next sweep, once', async () => {
  const cache = new SweptCache();
  await seed(cache, 1, 'first');
  await cache.park(0, undefined, 9, 'second');
  const reports = startProcess(cache);
  await cache.sweptOften();
  expect(reports).toEqual([{ event: 'parked', partition: 0, ledgerSeq: 9 }]);
});

test('a wipe whose finder died after it seeded is reported by the next sweep, once', async () => {
  const cache = new SweptCache();
  await seed(cache, 8, 'after a wipe');
  const reports = startProcess(cache);
  await cache.sweptOften();
  expect(reports).toEqual([{ event: 'redisWiped', partition: 0, ledgerSeq: 7 }]);
});

test('a process tells a loss once, though the cache does not hear at first that it was told', async () => {
  const cache = new SweptCache();
  await seed(cache, 8, 'after a wipe');
  cache.failures = 1;
  const reports = startProcess(cache);
  await cache.sweptOften();
  expect(reports).toHaveLength(1);
  expect((await cache.sweep(0)).unreported).toBeUndefined();
});

test('a process that sweeps beside the one who found a loss does not tell it again', async () => {
  const cache = new SweptCache();
  await seed(cache, 1, 'first');
  const events = new CounterEvents();
  const reports: unknown[] = [];
  events.on('parked', (report) => reports.push(report));
  const losses = new LossReporter(cache, events);
  for (const [ledgerSeq, generation] of [
    [9, 'second'],
    [12, 'third'],
  ] as const) {
    await cache.park(0, undefined, ledgerSeq, generation);
    await Promise.all([losses.reportFound(0), losses.reportFound(0)]);
  }
  expect(reports).toHaveLength(2);
});

test('a wipe is found and reported by who seeds', async () => {
  const store = new MemoryStore();
  store.ledgers.set(0, 7);
  const reports = startProcess(new SweptCache(), store);
  await expect.poll(() => reports).toEqual([{ event: 'redisWiped', partition: 0, ledgerSeq: 7 }]);
});
