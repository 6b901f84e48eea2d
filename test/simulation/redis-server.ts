import type { CacheTimings } from '../../lib/cache/cache-timings.js';
import type { CounterCache } from '../../lib/cache/counter-cache.js';
import { MemoryCounterCache } from '../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../lib/cache/memory/state/memory-states.js';
import {
  newPartitionState,
  type PartitionState,
} from '../../lib/cache/memory/state/partition-state.js';
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
  /** Position in the order of losses and replays. */
  at: number;
}

/** Deltas that were moved at one time. */
export interface Moved {
  counters: Map<string, bigint>;
  at: number;
}

/**
 * The shared state of all processes, with the steps of the embedded mode: the conformance suite
 * holds them equal to the Redis scripts.
 */
export class RedisServer {
  readonly states = new MemoryStates();
  readonly cache: CounterCache;
  readonly losses: Loss[] = [];
  /** What was put aside, and what was taken back of it. */
  readonly parcels: Moved[] = [];
  readonly replays: Moved[] = [];
  /** How often it went back. */
  rewinds = 0;
  /** Called when it was wiped or went back. */
  onForgot: () => void = () => undefined;

  private moments = 0;
  private snapshots: PartitionState[] = [];

  constructor(
    private readonly stage: Stage,
    private readonly partitions: number,
    timings: CacheTimings,
    private readonly database: DatabaseServer,
  ) {
    const cache = new MemoryCounterCache(
      this.states,
      { queues: partitions, timeZone: 'UTC' },
      timings,
      () => Math.floor(stage.time.now),
    );
    const park = cache.park.bind(cache);
    cache.park = (partition, ...rest) => {
      const state = this.states.partition(partition);
      const before = this.unpersisted(state);
      const whole = sum(state.pending, state.batch?.deltas);
      const { generation } = state;
      const parked = park(partition, ...rest);
      if (state.generation !== generation) {
        stage.note(() => `Redis parks partition ${partition}`);
        const at = ++this.moments;
        this.losses.push({ partition, counters: before, known: true, how: 'parked', at });
        this.parcels.push({ counters: whole, at });
      }
      return parked;
    };
    const replay = cache.replay.bind(cache);
    cache.replay = (partition, ...rest) => {
      const { pending } = this.states.partition(partition);
      const before = new Map(pending);
      const answer = replay(partition, ...rest);
      const counters = new Map<string, bigint>();
      for (const [name, delta] of pending) {
        const moved = delta - (before.get(name) ?? 0n);
        if (moved !== 0n) counters.set(name, moved);
      }
      stage.note(() => `Redis replays ${[...counters.keys()].join() || 'nothing'}`);
      if (counters.size > 0) {
        stage.fault('parked counts replayed');
        this.replays.push({ counters, at: ++this.moments });
      }
      return answer;
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
    const counters = this.unpersisted(state);
    this.losses.push({ partition, counters, known, how, at: ++this.moments });
    delete state.fence;
    delete state.batch;
    delete state.reserved;
    delete state.chain;
    delete state.unreported;
    delete state.identity;
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
    const isOpen = batch !== undefined && !this.database.isApplied(batch);
    return sum(pending, isOpen ? batch.deltas : undefined);
  }
}

function sum(
  one: ReadonlyMap<string, bigint>,
  other: ReadonlyMap<string, bigint> = new Map(),
): Map<string, bigint> {
  const counters = new Map(one);
  for (const [name, delta] of other) counters.set(name, (counters.get(name) ?? 0n) + delta);
  return counters;
}
