import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DEFAULT_TIMINGS } from '../cache/cache-timings.js';
import { seenFor, type SeenProcess } from '../cache/processes.js';
import { MemoryCounterCache } from '../cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../cache/memory/state/memory-states.js';
import { clearCounts } from '../cache/memory/steps/clear.js';
import { MemoryCounterStore } from '../database/memory/memory-counter-store.js';
import { MemoryTables } from '../database/memory/memory-tables.js';
import { type Namespaces, namespacesOf } from '../database/namespaces.js';
import type { ResolvedOptions } from '../module/options/resolve-options.js';
import { VERSION } from '../version.js';
import { partitionNumbers } from '../words/partitioner.js';

/** The time of day, looked up at each call: it follows fake clocks, also those that come later. */
const timeOfDay = (): number => Date.now();

/** The application persists, and says so when it is asked: it has no timer to say it. */
class TestCache extends MemoryCounterCache {
  override processes(): Promise<SeenProcess[]> {
    const now = timeOfDay();
    const details = { host: hostname(), pid: process.pid, version: VERSION, persists: true };
    return Promise.resolve([{ ...details, deliveredUntil: now, ...seenFor(now, now, now) }]);
  }
}

/** What stands for Redis and the database in a test: one application, one memory. */
export class TestMemory {
  readonly cache: MemoryCounterCache;
  readonly store: MemoryCounterStore;
  readonly states = new MemoryStates();
  private readonly tables = new MemoryTables(timeOfDay);
  private readonly namespaces: Namespaces;
  private readonly partitions: readonly number[];

  constructor({ namespace, queue, windows, idempotencyTtl }: ResolvedOptions) {
    const settings = { queues: queue.count, timeZone: windows.timeZone };
    const timings = { ...DEFAULT_TIMINGS, idempotencyTtl };
    this.cache = new TestCache(this.states, settings, timings, timeOfDay);
    this.namespaces = namespacesOf(namespace, this.states.id);
    this.store = new MemoryCounterStore(this.tables, this.namespaces);
    this.partitions = partitionNumbers(queue.count);
  }

  /**
   * Forgets all counts, in one step. Batches under way come too late: the ledger is beyond them. Reads under way see that it is,
   * and start over.
   */
  clear(): void {
    this.tables.clear(this.namespaces.counters);
    for (const partition of this.partitions) {
      const seq = clearCounts(this.states.partition(partition));
      if (seq === undefined) continue;
      this.tables.writeLedger(this.namespaces, partition, {
        seq,
        nonce: randomUUID(),
        leftOut: [],
      });
    }
  }
}
