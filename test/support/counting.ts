import { randomUUID } from 'node:crypto';
import { DEFAULT_TIMINGS } from '../../lib/cache/cache-timings.js';
import type { Wake } from '../../lib/cache/counter-cache.js';
import { noBases } from '../../lib/cache/memory/state/bases.js';
import { noKeys } from '../../lib/cache/memory/state/idempotency-keys.js';
import { MemoryStates } from '../../lib/cache/memory/state/memory-states.js';
import { type Partitioner, partitioner } from '../../lib/words/partitioner.js';
import { IncrementBuffer } from '../../lib/counting/buffer/increment-buffer.js';
import type { Lane } from '../../lib/counting/sending/lane.js';
import { Calendar } from '../../lib/windows/calendar.js';
import type { KnownCounter } from '../../lib/counting/entries/buffer-entry.js';
import { FormerKeys } from '../../lib/counting/sending/former-keys.js';
import { Pace } from '../../lib/counting/sending/pace.js';
import { Windows } from '../../lib/windows/windows.js';
import {
  type NewCounterLimit,
  NewCounterLimits,
} from '../../lib/counting/sending/new-counter-limits.js';
import { PartitionCaller } from '../../lib/counting/sending/partition-caller.js';
import { CounterEvents } from '../../lib/events.js';
import { LossReporter } from '../../lib/persisting/loss-reporter.js';
import { RestoredDatabase } from '../../lib/persisting/restored-database.js';
import { Parking } from '../../lib/persisting/parking.js';
import { PartitionSetup } from '../../lib/persisting/partition-setup.js';
import { Seeder } from '../../lib/persisting/seeder.js';
import { SettingsCheck } from '../../lib/persisting/neighbours/settings-check.js';
import type { PersistQueue } from '../../lib/queue/persist-queue.js';
import { CountReader } from '../../lib/reading/count-reader.js';
import { CounterFamilies } from '../../lib/reading/counter-families.js';
import { FaultyCache } from './faulty-cache.js';
import { FaultyStore } from './faulty-store.js';

/** As a buffer knows it. */
export const counter = (name: string): KnownCounter => ({
  name,
  partition: 0,
  unsettledEntries: 0,
  call: 0,
});

export interface Counting {
  partitionOf: Partitioner;
  buffer: IncrementBuffer;
  lanes: readonly Lane[];
  cache: FaultyCache;
  store: FaultyStore;
  events: CounterEvents;
  /** What was asked of the queue. */
  triggers: { partition: number; delay: number }[];
  /** What is counted in the cache. */
  counted: (name: string) => Promise<bigint>;
  /** Redis forgets everything. */
  wipe: () => void;
  /** Redis goes back behind the calls of this process, and no batch was claimed since. */
  forgetCalls: () => void;
}

export interface CountingOptions {
  limit?: number;
  partitions?: number;
  /** How long awaited entries gather, in milliseconds. */
  linger?: number;
  /** Leave the partitions without a seed, and the callers without a generation. */
  unseeded?: boolean;
  newCounterLimits?: readonly Required<NewCounterLimit>[];
  /** Which of these counters exist. */
  existing?: (names: Iterable<string>) => Promise<ReadonlySet<string>>;
}

/** The write path of a process, from the buffer to a cache that can be made to fail. */
export async function startCounting({
  limit = 100_000,
  partitions = 1,
  linger = 0,
  unseeded = false,
  newCounterLimits = [],
  existing = () => Promise.resolve(new Set()),
}: CountingOptions = {}): Promise<Counting> {
  const states = new MemoryStates();
  const shared = { queues: partitions, timeZone: 'UTC' };
  const cache = new FaultyCache(states, shared, DEFAULT_TIMINGS);
  const store = new FaultyStore();
  const events = new CounterEvents();
  const triggers: Counting['triggers'] = [];
  const queue = {
    trigger: (partition: number, { delay }: Wake) => void triggers.push({ partition, delay }),
  } as PersistQueue;
  const partitionOf = partitioner(partitions);
  const losses = new LossReporter(cache, store, events);
  const settings = new SettingsCheck(cache, 'test', shared);
  const setup = new PartitionSetup(new Seeder(cache, store, losses), settings);
  const restored = new RestoredDatabase(cache, events);
  const parking = new Parking(cache, losses);
  const reader = new CountReader(partitionOf, {
    cache,
    store,
    events,
    settings,
    restored,
    parking,
  });
  const warm = (names: Iterable<string>) => reader.warm(names);
  const windows = new Windows([], new Calendar('UTC'));
  const newCounters = new NewCounterLimits(newCounterLimits, existing, events);
  const { outages } = events;
  const calling = { cache, setup, settings, outages, client: randomUUID() };
  const callers = Array.from(
    { length: partitions },
    (_, partition) => new PartitionCaller(partition, calling),
  );
  const families = new CounterFamilies({ cache, store, partitionOf, partitions });
  const bucketsOf = (names: readonly string[]) => families.bucketsOf(names);
  const formerKeys = new FormerKeys(cache, partitionOf);
  const pace = new Pace(cache, linger);
  const sending = { queue, events, warm, bucketsOf, formerKeys, newCounters, losses, pace };
  const buffer = new IncrementBuffer(callers, sending, { partitionOf, windows, limit });
  if (!unseeded) {
    for (let name = 0, known = new Set<number>(); known.size < partitions; name++) {
      const partition = partitionOf(`first-${name}`);
      if (known.has(partition)) continue;
      known.add(partition);
      await buffer.add(`first-${name}`, 1, 60_000);
    }
    cache.calls.length = 0;
    triggers.length = 0;
  }
  return {
    partitionOf,
    buffer,
    lanes: buffer.lanes,
    cache,
    store,
    events,
    triggers,
    async counted(name) {
      const { parts } = await cache.look(partitionOf(name), [name]);
      return BigInt(parts[0]?.batch ?? 0) + BigInt(parts[0]?.pending ?? 0);
    },
    wipe() {
      for (let partition = 0; partition < partitions; partition++) {
        const state = states.partition(partition);
        state.fence = undefined;
        state.generation = '';
        for (const map of [state.pending, state.clients, state.retired, state.deleted]) {
          map.clear();
        }
        state.due.clear();
        state.keys = noKeys();
        state.bases = noBases();
        state.asked = undefined;
      }
    },
    forgetCalls() {
      for (let partition = 0; partition < partitions; partition++) {
        const { pending, clients } = states.partition(partition);
        for (const map of [pending, clients]) map.clear();
      }
    },
  };
}
