import type {
  AckRequest,
  AddAnswer,
  AddRequest,
  AskedKey,
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
  Wake,
  WaitingNames,
  WaitingPage,
} from '../../lib/cache/counter-cache.js';
import type {
  ChangedEntry,
  Parcel,
  ParcelPage,
  Replay,
  SeenEntry,
} from '../../lib/cache/parcels.js';
import type {
  Beat,
  Lead,
  NotedRules,
  SeenRules,
  SeenProcess,
  ProcessDetails,
} from '../../lib/cache/processes.js';
import { CacheUnavailableError } from '../../lib/errors.js';
import type { RedisServer } from './redis-server.js';
import type { Settings } from './settings.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';
import { transmit } from './transmission.js';

/** One process's way to the shared state, through a network that does what the weather is. */
export class RedisClient implements CounterCache {
  private closed = false;

  constructor(
    private readonly stage: Stage,
    private readonly owner: SimulatedProcess,
    private readonly redis: RedisServer,
    /** In front of its state. */
    private readonly server: CounterCache,
    private readonly settings: Pick<Settings, 'addsTogether' | 'commandTimeout'>,
  ) {}

  get addsTogether(): boolean {
    return this.settings.addsTogether;
  }

  add(partition: number, request: AddRequest): Promise<AddAnswer> {
    const { stage } = this;
    const label = (): string => {
      const operations = request.operations.map(
        ({ kind, name, value, total }) => `${kind}${total ? '+total' : ''} ${name} ${value}`,
      );
      const { client, seq, generation } = request;
      return `add p${partition} ${stage.short(client)}/${seq} in ${stage.short(generation)}: ${operations.join(', ')}`;
    };
    return this.call(label, (server) => server.add(partition, request));
  }

  claim(partition: number, request: ClaimRequest): Promise<ClaimAnswer> {
    return this.call(
      () => `claim p${partition} by ${this.stage.short(request.holder)} ${request.wake ?? ''}`,
      (server) => server.claim(partition, request),
    );
  }

  hold(partition: number, batch: HeldBatch, milliseconds: number): Promise<void> {
    return this.call(
      () => `hold p${partition} batch ${this.stage.short(batch.nonce)} for ${milliseconds}`,
      (server) => server.hold(partition, batch, milliseconds),
    );
  }

  acknowledge(partition: number, request: AckRequest): Promise<void> {
    return this.call(
      () => `acknowledge p${partition} batch ${this.stage.short(request.nonce)}`,
      (server) => server.acknowledge(partition, request),
    );
  }

  move(partition: number, request: MoveRequest): Promise<Moved | undefined> {
    return this.call(
      () => `move p${partition} ${request.counter} to ${request.to}`,
      (server) => server.move(partition, request),
    );
  }

  knownKey(
    partition: number,
    counters: readonly string[],
    key: AskedKey,
  ): Promise<FoundKey | undefined> {
    return this.call(
      () => `known key p${partition} ${counters.join()}`,
      (server) => server.knownKey(partition, counters, key),
    );
  }

  park(
    partition: number,
    nonce: string | undefined,
    ledgerSeq: number,
    generation: string,
  ): Promise<boolean> {
    return this.call(
      () => `park p${partition} ledger ${ledgerSeq}`,
      (server) => server.park(partition, nonce, ledgerSeq, generation),
    );
  }

  reserve(
    partition: number,
    ledger: LedgerPosition,
    generation: string,
  ): Promise<string | undefined> {
    return this.call(
      () => `reserve p${partition} above ${ledger.seq}`,
      (server) => server.reserve(partition, ledger, generation),
    );
  }

  seed(partition: number, generation: string): Promise<boolean> {
    return this.call(
      () => `seed p${partition} generation ${this.stage.short(generation)}`,
      (server) => server.seed(partition, generation),
    );
  }

  reported(partition: number, generation: string): Promise<void> {
    return this.call(
      () => `reported p${partition} generation ${this.stage.short(generation)}`,
      (server) => server.reported(partition, generation),
    );
  }

  retire(partition: number, client: string): Promise<void> {
    return this.call(
      () => `retire p${partition} ${this.stage.short(client)}`,
      (server) => server.retire(partition, client),
    );
  }

  look(partition: number, names: readonly string[]): Promise<Look> {
    return this.call(
      () => `look p${partition} ${names.join()}`,
      (server) => server.look(partition, names),
    );
  }

  identity(proposed?: string): Promise<string | undefined> {
    return this.call(
      () => 'identity',
      (server) => server.identity(proposed),
    );
  }

  forget(partition: number, applied: number, ledgerSeq: number): Promise<boolean> {
    return this.call(
      () => `forget p${partition} up to ${applied}, ledger ${ledgerSeq}`,
      (server) => server.forget(partition, applied, ledgerSeq),
    );
  }

  refresh(partition: number, names?: readonly string[], cursor?: string): Promise<Refreshed> {
    return this.call(
      () => `refresh p${partition}`,
      (server) => server.refresh(partition, names, cursor),
    );
  }

  fill(partition: number, fill: Fill): Promise<void> {
    return this.call(
      () => `fill p${partition} at ledger ${fill.ledgerSeq}`,
      (server) => server.fill(partition, fill),
    );
  }

  hasten(partition: number, names?: readonly string[], mark?: number): Promise<Hastened> {
    return this.call(
      () => `hasten p${partition}`,
      (server) => server.hasten(partition, names, mark),
    );
  }

  flushProgress(
    partition: number,
    mark: number,
    names?: readonly string[],
  ): Promise<{ waiting: boolean; batchSeq?: number }> {
    return this.call(
      () => `flushProgress p${partition}`,
      (server) => server.flushProgress(partition, mark, names),
    );
  }

  askedFor(partition: number): Promise<string | undefined> {
    return this.call(
      () => `asked p${partition}`,
      (server) => server.askedFor(partition),
    );
  }

  wake(partition: number): Promise<Wake> {
    return this.call(
      () => `wake p${partition}`,
      (server) => server.wake(partition),
    );
  }

  lead(process: string, milliseconds: number): Promise<Lead> {
    return this.call(
      () => `lead ${this.stage.short(process)} for ${milliseconds}`,
      (server) => server.lead(process, milliseconds),
    );
  }

  /** Without a network: who works is told to people, and changes no count. */
  beat(process: string, details?: ProcessDetails, rules?: NotedRules): Promise<Beat> {
    return this.server.beat(process, details, rules);
  }

  processes(): Promise<SeenProcess[]> {
    return this.server.processes();
  }

  /** As who works. */
  rules(own: string, remembered: number): Promise<SeenRules[]> {
    return this.server.rules(own, remembered);
  }

  sweep(partition: number): Promise<PartitionHealth> {
    return this.call(
      () => `sweep p${partition}`,
      (server) => server.sweep(partition),
    );
  }

  waiting(partition: number, which: WaitingNames, cursor?: string): Promise<WaitingPage> {
    return this.call(
      () => `waiting p${partition}`,
      (server) => server.waiting(partition, which, cursor),
    );
  }

  parcels(partition: number): Promise<Parcel[]> {
    return this.call(
      () => `parcels p${partition}`,
      (server) => server.parcels(partition),
    );
  }

  openParcel(partition: number, id: string, cursor?: string, prefix?: string): Promise<ParcelPage> {
    return this.call(
      () => `open parcel p${partition} ${this.stage.short(id)}`,
      (server) => server.openParcel(partition, id, cursor, prefix),
    );
  }

  replay(partition: number, id: string, entries: readonly SeenEntry[]): Promise<Replay> {
    return this.call(
      () => `replay p${partition} ${this.stage.short(id)}`,
      (server) => server.replay(partition, id, entries),
    );
  }

  discard(partition: number, id: string, entries: readonly SeenEntry[]): Promise<ChangedEntry[]> {
    return this.call(
      () => `discard p${partition} ${this.stage.short(id)}`,
      (server) => server.discard(partition, id, entries),
    );
  }

  inspect(): Promise<StoreProblem[]> {
    return this.call(
      () => 'inspect',
      (server) => server.inspect(),
    );
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  private call<Answer>(
    label: () => string,
    effect: (server: CounterCache) => Promise<Answer>,
  ): Promise<Answer> {
    if (this.closed) return Promise.reject(new CacheUnavailableError('The cache is closed'));
    const { stage, owner, redis, server } = this;
    const { commandTimeout: timeout } = this.settings;
    return transmit({ stage, owner, redis, timeout }, label, () => effect(server));
  }
}
