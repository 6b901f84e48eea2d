import { afterEach, expect, test } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../lib/cache/cache-timings.js';
import type { PartitionHealth } from '../../../lib/cache/counter-cache.js';
import { MemoryCounterCache } from '../../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../../lib/cache/memory/state/memory-states.js';
import type { Lead } from '../../../lib/cache/processes.js';
import { CounterEvents } from '../../../lib/events.js';
import { LossReporter } from '../../../lib/persisting/loss-reporter.js';
import { Persister } from '../../../lib/persisting/persister.js';
import { RestoredDatabase } from '../../../lib/persisting/restored-database.js';
import { Parking } from '../../../lib/persisting/parking.js';
import { PartitionSetup } from '../../../lib/persisting/partition-setup.js';
import { Seeder } from '../../../lib/persisting/seeder.js';
import { SettingsCheck } from '../../../lib/persisting/neighbours/settings-check.js';
import type { PersistQueue } from '../../../lib/queue/persist-queue.js';
import { Sweeper } from '../../../lib/persisting/sweeper.js';
import { seed } from '../../conformance/partition.js';
import { FaultyStore } from '../../support/faulty-store.js';

const SETTINGS = { queues: 1, timeZone: 'UTC' };
const started: Sweeper[] = [];

afterEach(() => Promise.all(started.splice(0).map((sweeper) => sweeper.stop())));

/** A process with workers; `reports` has what it told of losses. */
function startProcess(
  cache: MemoryCounterCache,
  store = new FaultyStore(),
  { queue = {} as PersistQueue, interval = 5 } = {},
) {
  const events = new CounterEvents();
  const reports: unknown[] = [];
  for (const event of ['parked', 'redisWentBack', 'redisWiped', 'queuePaused'] as const) {
    events.on(event, (report: object) => reports.push({ event, ...report }));
  }
  const losses = new LossReporter(cache, store, events);
  const settings = new SettingsCheck(cache, 'test', SETTINGS);
  const setup = new PartitionSetup(new Seeder(cache, store, losses), settings);
  const restored = new RestoredDatabase(cache, events);
  const parking = new Parking(cache, losses);
  const persister = new Persister(cache, store, events, parking, restored);
  const sweeper = new Sweeper(
    { cache, store, queue, setup, persister, parking, losses, restored, events },
    1,
    interval,
  );
  sweeper.start();
  started.push(sweeper);
  return reports;
}

/** A store of counts that says how often it was swept. */
class SweptCache extends MemoryCounterCache {
  failures = 0;
  /** How late it says that the partition is. */
  overdueBy = 0;
  private sweeps = 0;

  constructor() {
    super(new MemoryStates(), SETTINGS, DEFAULT_TIMINGS);
  }

  override async sweep(partition: number): Promise<PartitionHealth> {
    this.sweeps++;
    return { ...(await super.sweep(partition)), overdueBy: this.overdueBy };
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
  expect(reports).toEqual([{ event: 'redisWentBack', partition: 0, ledgerSeq: 9 }]);
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
  events.on('redisWentBack', (report) => reports.push(report));
  const losses = new LossReporter(cache, new FaultyStore(), events);
  for (const [ledgerSeq, generation] of [
    [9, 'second'],
    [12, 'third'],
  ] as const) {
    await cache.park(0, undefined, ledgerSeq, generation);
    await Promise.all([losses.reportIfLost(0), losses.reportIfLost(0)]);
  }
  expect(reports).toHaveLength(2);
});

test('a database that went back while the cache is away ends neither the process nor its sweeps', async () => {
  const store = new FaultyStore();
  store.putLedger(0, 1);
  const cache = new SweptCache();
  await seed(cache, 1, 'first');
  let asked = 0;
  cache.lead = () => Promise.resolve({ leftFor: 0, isDeputy: false, quiet: [9] });
  cache.forget = () => {
    asked++;
    return Promise.reject(new Error('no answer'));
  };
  startProcess(cache, store);
  await expect.poll(() => asked).toBeGreaterThan(3);
  await cache.sweptOften();
});

test('a wipe is found and reported by who seeds', async () => {
  const store = new FaultyStore();
  store.putLedger(0, 7);
  const reports = startProcess(new SweptCache(), store);
  await expect.poll(() => reports).toEqual([{ event: 'redisWiped', partition: 0, ledgerSeq: 7 }]);
});

test('a queue that is paused is told once each time, however often it was paused before', async () => {
  const cache = new SweptCache();
  await seed(cache, 1, 'first');
  const jobs = { waiting: 0, paused: 0, active: 0, delayed: 0, failed: 0 };
  const queue = { jobs: () => Promise.resolve({ ...jobs }), trigger: () => undefined };
  const reports = startProcess(cache, undefined, { queue: queue as unknown as PersistQueue });
  for (let times = 1; times <= 3; times++) {
    jobs.paused = times;
    // late, but not so late that the sweeper does the work
    cache.overdueBy = 10;
    await expect.poll(() => reports).toHaveLength(times);
    // the sweeper did the work, and the queue is paused still
    cache.overdueBy = 0;
    await cache.sweptOften();
    cache.overdueBy = 10;
    await cache.sweptOften();
    cache.overdueBy = 0;
    jobs.paused = 0;
    await cache.sweptOften();
  }
  expect(reports).toEqual(
    [1, 2, 3].map((paused) => ({ event: 'queuePaused', partition: 0, jobs: paused })),
  );
});

test('a process that stops while it asks for the lead leaves the lead to others', async () => {
  let answer: (value?: unknown) => void = () => undefined;
  const held = new Promise((resolve) => (answer = resolve));
  let asked = 0;
  class SlowCache extends SweptCache {
    override async lead(id: string, milliseconds: number): Promise<Lead> {
      asked++;
      await held;
      return super.lead(id, milliseconds);
    }
  }
  const cache = new SlowCache();
  await seed(cache, 1, 'first');
  startProcess(cache, undefined, { interval: 100_000 });
  await expect.poll(() => asked).toBe(1);
  const stopped = started.pop()?.stop();
  answer();
  await stopped;
  // its answer has been read
  await new Promise((resolve) => setImmediate(resolve));
  expect(await cache.lead('another', 500_000)).toMatchObject({ leftFor: 0 });
});
