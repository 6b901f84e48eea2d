import { afterEach, expect, test } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../lib/cache/cache-timings.js';
import { MemoryCounterCache } from '../../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../../lib/cache/memory/state/memory-states.js';
import type { Lead } from '../../../lib/cache/processes.js';
import { CounterEvents } from '../../../lib/events.js';
import { Silence } from '../../../lib/incidents/silence.js';
import { LossReporter } from '../../../lib/persisting/loss-reporter.js';
import { SettingsCheck } from '../../../lib/persisting/neighbours/settings-check.js';
import { Parking } from '../../../lib/persisting/parking.js';
import { PartitionSetup } from '../../../lib/persisting/partition-setup.js';
import { Persister } from '../../../lib/persisting/persister.js';
import { RestoredDatabase } from '../../../lib/persisting/restored-database.js';
import { Seeder } from '../../../lib/persisting/seeder.js';
import { Sweeper } from '../../../lib/persisting/sweeper.js';
import { ProcessBeat } from '../../../lib/persisting/neighbours/process-beat.js';
import type { PersistQueue } from '../../../lib/queue/persist-queue.js';
import { seed } from '../../conformance/partition.js';
import { FaultyStore } from '../../support/faulty-store.js';

const SETTINGS = { queues: 1, timeZone: 'UTC' };
/** Milliseconds between two sweeps: a process leads for five. */
const INTERVAL = 100;
const SAYING = { persists: true, deliveredUntil: () => 0 };

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** One process's way to the store that all share. */
class Connection extends MemoryCounterCache {
  dead = false;
  asked = 0;

  override lead(id: string, milliseconds: number): Promise<Lead> {
    if (this.dead) return new Promise(() => undefined);
    this.asked++;
    return super.lead(id, milliseconds);
  }
}

function startProcess(states: MemoryStates) {
  const cache = new Connection(states, SETTINGS, DEFAULT_TIMINGS);
  const store = new FaultyStore();
  store.putLedger(0, 1);
  const events = new CounterEvents();
  const losses = new LossReporter(cache, store, events);
  const settings = new SettingsCheck(cache, 'test', SETTINGS);
  const setup = new PartitionSetup(new Seeder(cache, store, losses), settings);
  const restored = new RestoredDatabase(cache, events);
  const parking = new Parking(cache, losses);
  const persister = new Persister(cache, store, events, parking, restored);
  const queue = {} as PersistQueue;
  const parts = { cache, store, queue, setup, persister, parking, losses, restored, events };
  const sweeper = new Sweeper(parts, 1, INTERVAL);
  const beat = new ProcessBeat(cache, new Silence(), SAYING, { sweeper }, INTERVAL);
  sweeper.start();
  ended.push(() => (cache.dead ? undefined : sweeper.stop()));
  return {
    sweeper,
    cache,
    startBeats: () => {
      beat.start();
      ended.push(() => beat.stop());
    },
    die: () => {
      cache.dead = true;
      void beat.stop();
    },
  };
}

type Process = ReturnType<typeof startProcess>;

async function startThree() {
  const states = new MemoryStates();
  await seed(new MemoryCounterCache(states, SETTINGS, DEFAULT_TIMINGS), 1, 'first');
  const processes: Process[] = [];
  for (let number = 0; number < 3; number++) {
    processes.push(startProcess(states));
    await expect.poll(() => processes.at(-1)?.cache.asked).toBeGreaterThan(0);
  }
  return processes as [Process, Process, Process];
}

test('a process that is no deputy does not ask for the lead as long as another one leads', async () => {
  const [leader, deputy, reserve] = await startThree();
  const before = leader.cache.asked;
  await expect.poll(() => leader.cache.asked).toBeGreaterThan(before + 4);
  expect([leader, deputy, reserve].map(({ sweeper }) => sweeper.leads)).toEqual([
    true,
    false,
    false,
  ]);
  expect(deputy.cache.asked).toBeGreaterThan(1);
  expect(reserve.cache.asked).toBe(1);
});

test('the deputy follows when the process that leads ends, and has a deputy', async () => {
  const [leader, deputy, reserve] = await startThree();
  leader.die();
  await expect.poll(() => deputy.sweeper.leads).toBe(true);
  expect(reserve.sweeper.leads).toBe(false);
});

test('where the process that leads and its deputy end together, another one follows with its next beat', async () => {
  const [leader, deputy, reserve] = await startThree();
  for (const each of [leader, deputy, reserve]) each.startBeats();
  leader.die();
  deputy.die();
  await expect.poll(() => reserve.sweeper.leads).toBe(true);
});
