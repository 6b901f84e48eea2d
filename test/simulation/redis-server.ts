import type { CacheTimings } from '../../lib/cache/cache-timings.js';
import type { CounterCache } from '../../lib/cache/counter-cache.js';
import { MemoryCounterCache } from '../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../lib/cache/memory/memory-states.js';
import { newPartitionState, type PartitionState } from '../../lib/cache/memory/partition-state.js';
import { clone } from './clone.js';
import type { DatabaseServer } from './database-server.js';
import type { Stage } from './stage.js';

/** What Redis forgot or put aside, as far as the database does not have it. */
export interface Loss {
  partition: number;
  counters: Map<string, bigint>;
  /** Whether the database knew of the partition: without, Redis looks like a new one. */
  known: boolean;
  how: 'wiped' | 'rewound' | 'parked';
}

/**
 * The shared state of all processes, with the steps of the embedded mode: the conformance suite
 * holds them equal to the Redis scripts.
 */
export class RedisServer {
  readonly states = new MemoryStates();
  readonly cache: CounterCache;
  readonly losses: Loss[] = [];
  /** How often it went back. */
  rewinds = 0;
  /** Called when it was wiped or went back. */
  onForgot: () => void = () => undefined;

  private snapshots: PartitionState[] = [];

  constructor(
    private readonly stage: Stage,
    private readonly partitions: number,
    timings: CacheTimings,
    private readonly database: DatabaseServer,
  ) {
    const cache = new MemoryCounterCache(this.states, partitions, timings, () =>
      Math.floor(stage.time.now),
    );
    const park = cache.park.bind(cache);
    cache.park = (partition, ...rest) => {
      const state = this.states.partition(partition);
      const before = this.unpersisted(state);
      const { generation } = state;
      const parked = park(partition, ...rest);
      if (state.generation !== generation) {
        stage.note(() => `Redis parks partition ${partition}`);
        this.losses.push({ partition, counters: before, known: true, how: 'parked' });
      }
      return parked;
    };
    this.cache = cache;
  }

  /** Forgets everything about these partitions. */
  wipe(partitions: readonly number[]): void {
    this.stage.fault('Redis wiped');
    this.stage.note(() => `REDIS IS WIPED: partitions ${partitions.join()}`);
    for (const partition of partitions) this.replace(partition, newPartitionState(), 'wiped');
  }

  /** A replica stops following here. */
  lag(): void {
    this.stage.note(() => 'A replica falls behind');
    this.snapshots = this.all().map((partition) => clone(this.states.partition(partition)));
  }

  /** That replica takes over; without one nothing happens. */
  rewind(partitions: readonly number[]): void {
    if (this.snapshots.length === 0) return;
    this.stage.fault('Redis rewound');
    this.rewinds++;
    this.stage.note(() => `REDIS GOES BACK: partitions ${partitions.join()}`);
    for (const partition of partitions) {
      const snapshot = this.snapshots[partition];
      if (snapshot !== undefined) this.replace(partition, clone(snapshot), 'rewound');
    }
  }

  all(): number[] {
    return Array.from({ length: this.partitions }, (_, partition) => partition);
  }

  private replace(partition: number, by: PartitionState, how: Loss['how']): void {
    const state = this.states.partition(partition);
    this.hideWipe(partition, state, how);
    const known = this.database.ledger(partition).seq > 0;
    this.losses.push({ partition, counters: this.unpersisted(state), known, how });
    delete state.fence;
    delete state.batch;
    delete state.reserved;
    delete state.unreported;
    Object.assign(state, by);
    this.onForgot();
  }

  /** A wipe shows to whoever seeds next: not when an older state comes first. */
  private hideWipe(partition: number, { fence }: PartitionState, how: Loss['how']): void {
    if (how !== 'rewound' || fence !== undefined) return;
    const last = this.losses.findLast((loss) => loss.partition === partition);
    if (last?.how === 'wiped') last.how = how;
  }

  private unpersisted({ pending, batch }: PartitionState): Map<string, bigint> {
    const counters = new Map(pending);
    if (batch === undefined || this.database.isApplied(batch)) return counters;
    for (const [name, delta] of batch.deltas)
      counters.set(name, (counters.get(name) ?? 0n) + delta);
    return counters;
  }
}
