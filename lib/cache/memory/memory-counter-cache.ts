import { CacheUnavailableError } from '../../errors.js';
import { partitionNumbers } from '../../words/partitioner.js';
import { steadyNow } from '../../words/steady-clock.js';
import type { CacheTimings } from '../cache-timings.js';
import type { SharedSettings } from '../shared-settings.js';
import type {
  AckRequest,
  AddAnswer,
  AddRequest,
  ClaimAnswer,
  ClaimRequest,
  CounterCache,
  Fill,
  FoundKey,
  Hastened,
  HeldBatch,
  LedgerPosition,
  Look,
  Moved,
  MoveRequest,
  PartitionHealth,
  Refreshed,
  StoreProblem,
  WaitingNames,
  WaitingPage,
  Wake,
} from '../counter-cache.js';
import type { ChangedEntry, Parcel, ParcelPage, Replay, SeenEntry } from '../parcels.js';
import { add } from './steps/add.js';
import { acknowledge, claim, hold, park } from './steps/batch.js';
import { fill, forget, refresh } from './steps/cached.js';
import { cachedBase } from './state/bases.js';
import { findKey, move } from './steps/move.js';
import { discard, openParcel, parcels, replay } from './steps/parcels.js';
import { waiting } from './steps/waiting.js';
import { sweep } from './steps/sweep.js';
import { reserve, seed } from './steps/seed.js';
import type { PartitionState } from './state/partition-state.js';
import type { MemoryStates } from './state/memory-states.js';
import { lead, quietFences } from './steps/lead.js';
import { hasten, wakeNow } from './steps/wakes.js';
import { beat, seenRules, seenProcesses } from './steps/processes.js';
import type {
  Beat,
  Lead,
  NotedRules,
  SeenRules,
  SeenProcess,
  ProcessDetails,
} from '../processes.js';

/** Cached values of the process, in each of two generations. */
const MOST_BASES = 50_000;

/** The embedded mode: the same steps as the Redis scripts, on Maps of this process. */
export class MemoryCounterCache implements CounterCache {
  private closed = false;
  /** Cached values in each of a partition's two generations. */
  private readonly mostBases: number;

  constructor(
    private readonly states: MemoryStates,
    private readonly settings: SharedSettings,
    private readonly timings: CacheTimings,
    private readonly now: () => number = steadyNow,
  ) {
    this.mostBases = Math.ceil(MOST_BASES / settings.queues);
  }

  add(partition: number, request: AddRequest): Promise<AddAnswer> {
    return this.step(partition, (state) => add(state, request, this.timings, this.now()));
  }

  claim(partition: number, request: ClaimRequest): Promise<ClaimAnswer> {
    const { lease } = this.timings;
    return this.step(partition, (state) => claim(state, request, lease, this.now()));
  }

  hold(partition: number, batch: HeldBatch, milliseconds: number): Promise<void> {
    return this.step(partition, (state) => hold(state, batch, milliseconds, this.now()));
  }

  acknowledge(partition: number, request: AckRequest): Promise<void> {
    return this.step(partition, (state) => acknowledge(state, request));
  }

  move(partition: number, request: MoveRequest): Promise<Moved | undefined> {
    return this.step(partition, (state) => move(state, request, this.now()));
  }

  knownKey(
    ...[partition, counters, key]: Parameters<CounterCache['knownKey']>
  ): Promise<FoundKey | undefined> {
    return this.step(partition, (state) => findKey(state, counters, key, this.now()));
  }

  park(
    partition: number,
    nonce: string | undefined,
    ledgerSeq: number,
    generation: string,
  ): Promise<boolean> {
    return this.step(partition, (state) => park(state, nonce, ledgerSeq, generation, this.now()));
  }

  reserve(
    partition: number,
    { seq, nonce }: LedgerPosition,
    generation: string,
  ): Promise<string | undefined> {
    return this.step(partition, (state) => reserve(state, seq + 1, generation, nonce, this.now()));
  }

  seed(partition: number, generation: string): Promise<boolean> {
    return this.step(partition, (state) => seed(state, generation));
  }

  reported(partition: number, generation: string): Promise<void> {
    return this.step(partition, (state) => {
      if (state.generation === generation) delete state.unreported;
    });
  }

  retire(partition: number, client: string): Promise<void> {
    return this.step(partition, ({ clients, retired }) => {
      const seq = clients.get(client)?.seq;
      if (seq === undefined) return;
      clients.delete(client);
      retired.set(client, { seq, until: this.now() + this.timings.retiredTtl });
    });
  }

  look(partition: number, names: readonly string[]): Promise<Look> {
    return this.step(partition, (state) => {
      const { fence, generation, batch } = state;
      if (fence === undefined) return { parts: names.map(() => ({})) };
      const parts = names.map((name) => ({
        pending: state.pending.get(name)?.toString(),
        batch: batch?.deltas.get(name)?.toString(),
        base: cachedBase(state.bases, name, this.now())?.toString(),
      }));
      const refreshes = state.refreshes || undefined;
      return { fence, generation, batchSeq: batch?.seq, settings: this.settings, refreshes, parts };
    });
  }

  fill(partition: number, filled: Fill): Promise<void> {
    const keeping = { ttl: this.timings.baseTtl, most: this.mostBases };
    return this.step(partition, (state) => fill(state, filled, this.now(), keeping));
  }

  forget(partition: number, applied: number, ledgerSeq: number): Promise<boolean> {
    return this.step(partition, (state) => forget(state, applied, ledgerSeq));
  }

  refresh(partition: number, names?: readonly string[]): Promise<Refreshed> {
    return this.step(partition, (state) => refresh(state, names));
  }

  hasten(partition: number, names?: readonly string[], mark?: number): Promise<Hastened> {
    return this.step(partition, (state) => hasten(state, names, mark, this.now()));
  }

  flushProgress(
    partition: number,
    mark: number,
    names?: readonly string[],
  ): Promise<{ waiting: boolean; batchSeq?: number }> {
    return this.step(partition, (state) => {
      const dues = names?.map((name) => state.due.get(name)) ?? [state.due.earliest()];
      const waiting = dues.some((due) => due !== undefined && due <= mark);
      return { waiting, batchSeq: state.batch?.seq };
    });
  }

  askedFor(partition: number): Promise<string | undefined> {
    return this.step(partition, ({ asked }) => asked?.id);
  }

  wake(partition: number): Promise<Wake> {
    return this.step(partition, (state) => wakeNow(state, this.now()));
  }

  lead(process: string, milliseconds: number): Promise<Lead> {
    const partitions = partitionNumbers(this.settings.queues);
    return this.step(0, (state) => {
      const led = lead(state, process, milliseconds, this.now());
      if (led.leftFor > 0) return led;
      return { ...led, quiet: quietFences(partitions.map((it) => this.states.partition(it))) };
    });
  }

  beat(process: string, details?: ProcessDetails, rules?: NotedRules): Promise<Beat> {
    return this.step(0, (state) => beat(state, { process, details, rules }, this.now()));
  }

  processes(): Promise<SeenProcess[]> {
    return this.step(0, (state) => seenProcesses(state, this.now()));
  }

  rules(own: string, remembered: number): Promise<SeenRules[]> {
    return this.step(0, (state) => seenRules(state, own, remembered, this.now()));
  }

  identity(proposed?: string): Promise<string | undefined> {
    return this.step(0, (state) => (state.identity ??= proposed));
  }

  sweep(partition: number): Promise<PartitionHealth> {
    return this.step(partition, (state) => ({
      ...sweep(state, this.timings, this.now(), this.mostBases),
      ...this.settings,
    }));
  }

  waiting(partition: number, which: WaitingNames): Promise<WaitingPage> {
    return this.step(partition, (state) => waiting(state, which));
  }

  parcels(partition: number): Promise<Parcel[]> {
    return this.step(partition, parcels);
  }

  openParcel(partition: number, id: string, _cursor?: string, prefix = ''): Promise<ParcelPage> {
    return this.step(partition, (state) => openParcel(state, id, prefix));
  }

  replay(partition: number, id: string, entries: readonly SeenEntry[]): Promise<Replay> {
    return this.step(partition, (state) => replay(state, id, entries, this.now()));
  }

  discard(partition: number, id: string, entries: readonly SeenEntry[]): Promise<ChangedEntry[]> {
    return this.step(partition, (state) => discard(state, id, entries));
  }

  inspect(): Promise<StoreProblem[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  private step<Answer>(partition: number, run: (state: PartitionState) => Answer): Promise<Answer> {
    if (this.closed) return Promise.reject(new CacheUnavailableError('The cache is closed'));
    return Promise.resolve(run(this.states.partition(partition)));
  }
}
