import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { CacheTimings } from '../../lib/cache/cache-timings.js';
import type { CounterCache } from '../../lib/cache/counter-cache.js';
import type { CounterCacheSettings } from '../../lib/cache/create-counter-cache.js';
import { type Command, dueTimeInMemory, dueTimeOnRedis } from './due-time.js';
import { Partition } from './partition.js';
import { acknowledging } from './suites/acknowledge.js';
import { adding } from './suites/add.js';
import { bounds } from './suites/bounds.js';
import { buckets } from './suites/buckets.js';
import { claiming } from './suites/claim.js';
import { closing } from './suites/close.js';
import { durableClaims } from './suites/durable-claims.js';
import { dueTimes } from './suites/due-times.js';
import { exactSums } from './suites/exact-sums.js';
import { exactWrites } from './suites/exact-writes.js';
import { filling } from './suites/fill.js';
import { forgetting } from './suites/forget.js';
import { hastening } from './suites/hasten.js';
import { idempotencyKeys } from './suites/idempotency.js';
import { inspecting } from './suites/inspect.js';
import { looking } from './suites/look.js';
import { moves } from './suites/moves.js';
import { onceKeys } from './suites/once.js';
import { parcels } from './suites/parcels.js';
import { parking } from './suites/park.js';
import { ranges } from './suites/range.js';
import { refreshing } from './suites/refresh.js';
import { retiring } from './suites/retire.js';
import { runs } from './suites/runs.js';
import { seeding } from './suites/seed.js';
import { sweeping } from './suites/sweep.js';
import { holds } from './suites/holds.js';
import { waiting } from './suites/waiting.js';
import { wakes } from './suites/wakes.js';
import { rules } from './suites/rules.js';
import { workers } from './suites/workers.js';

export type OpenSettings = Partial<CounterCacheSettings>;

/** One store of counts, in this process or on servers. */
export interface Backend {
  /** A cache on the store: several of one namespace share their counts. */
  open(settings: CounterCacheSettings): CounterCache;
  /** Of a store on servers. */
  command?: Command;
  stop(): Promise<void>;
}

export interface Driver {
  name: string;
  /** Then the store knows for how many queues it was seeded, and may have replicas. */
  onRedis: boolean;
  /** Whether its partitions are on several servers. */
  onServers?: boolean;
  start: () => Promise<Backend>;
}

/** What a suite has at hand; what it opens is closed after each test. */
export interface Subject {
  readonly onRedis: boolean;
  readonly onServers: boolean;
  /** A cache, by default in a namespace of its own. */
  open: (settings?: OpenSettings) => CounterCache;
  /** A seeded partition in a namespace of its own. */
  partition: (timings?: Partial<CacheTimings>) => Promise<Partition>;
  /** When a counter is due, in milliseconds since 1970. */
  dueTime: (partition: Partition, name: string) => Promise<number>;
}

const suites = [
  seeding,
  adding,
  runs,
  exactWrites,
  ranges,
  exactSums,
  idempotencyKeys,
  onceKeys,
  buckets,
  bounds,
  dueTimes,
  wakes,
  holds,
  claiming,
  moves,
  durableClaims,
  acknowledging,
  parking,
  parcels,
  looking,
  waiting,
  filling,
  forgetting,
  refreshing,
  hastening,
  retiring,
  sweeping,
  workers,
  rules,
  inspecting,
  closing,
];

/** Everything that the `CounterCache` port promises, on one store. */
export function counterCacheConformance({ name, onRedis, onServers = false, start }: Driver): void {
  describe(`the counter cache ${name}`, () => {
    let backend: Backend;
    const opened: CounterCache[] = [];
    const namespaces = new WeakMap<CounterCache, string>();

    beforeAll(async () => {
      backend = await start();
    });
    afterEach(async () => {
      for (const cache of opened.splice(0)) await cache.close();
    });
    afterAll(() => backend.stop());

    const open = (settings: OpenSettings = {}): CounterCache => {
      const namespace = `conformance-${randomUUID()}`;
      const cache = backend.open({
        namespace,
        queues: 5,
        commandTimeout: 10_000,
        ...settings,
      });
      opened.push(cache);
      namespaces.set(cache, settings.namespace ?? namespace);
      return cache;
    };
    const partition = (timings?: Partial<CacheTimings>) => Partition.seeded(open({ timings }));
    const dueTime = (p: Partition, counter: string): Promise<number> =>
      backend.command === undefined
        ? dueTimeInMemory(p, counter)
        : dueTimeOnRedis(backend.command, namespaces.get(p.cache) ?? '', p, counter);
    for (const suite of suites) suite({ onRedis, onServers, open, partition, dueTime });
  });
}
