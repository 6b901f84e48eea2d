import type { CacheSource } from '../../cache/cache-source.js';
import type { CounterCache } from '../../cache/counter-cache.js';
import type { IncrementBuffer } from '../../counting/buffer/increment-buffer.js';
import type { Increments } from '../../counting/buffer/increments.js';
import type { CounterMoves } from '../../counting/correcting/counter-moves.js';
import type { OutboxRelay } from '../../counting/outbox/outbox-relay.js';
import type { NewCounterLimits } from '../../counting/sending/new-counter-limits.js';
import type { PartitionCaller } from '../../counting/sending/partition-caller.js';
import type { CounterStore } from '../../database/counter-store.js';
import type { CounterEvents } from '../../events.js';
import type { Flusher } from '../../operating/flusher.js';
import type { ParkedCounts } from '../../operating/parked-counts.js';
import type { StatusReporter } from '../../operating/status/status.js';
import type { LateWindows } from '../../persisting/late-windows.js';
import type { LossReporter } from '../../persisting/loss-reporter.js';
import type { pairingOf } from '../../persisting/neighbours/pairing.js';
import type { SettingsCheck } from '../../persisting/neighbours/settings-check.js';
import type { Parking } from '../../persisting/parking.js';
import type { PartitionSetup } from '../../persisting/partition-setup.js';
import type { Persister } from '../../persisting/persister.js';
import type { RestoredDatabase } from '../../persisting/restored-database.js';
import type { Sweeper } from '../../persisting/sweeper.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import type { CountReader } from '../../reading/count-reader.js';
import type { CounterFamilies } from '../../reading/counter-families.js';
import type { ExistingCounters } from '../../reading/existing-counters.js';
import type { ChangeReader } from '../../reading/changes/change-reader.js';
import type { Refresher } from '../../reading/refresher.js';
import type { TopReader } from '../../reading/top-reader.js';
import type { ClosedUsage } from '../../reading/usage/closed-usage.js';
import type { Calendar } from '../../windows/calendar.js';
import type { Windows } from '../../windows/windows.js';
import type { Partitioner } from '../../words/partitioner.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import type { Fitness } from './fitness.js';
import type { LateCheck } from './late-check.js';
import type { WindowRulesCheck } from './window-rules.js';

/** What an engine counts by. */
export interface EnginePorts {
  cache: CounterCache;
  store: CounterStore;
  queue: PersistQueue;
  events: CounterEvents;
  /** What the cache stands on. */
  source: CacheSource;
}

/** What every room stands on: ports, options, and what follows from the options alone. */
export interface Ground {
  ports: EnginePorts;
  options: ResolvedOptions;
  partitionOf: Partitioner;
  calendar: Calendar;
  windows: Windows;
}

export interface PersistingRoom {
  pairing: ReturnType<typeof pairingOf>;
  settings: SettingsCheck;
  losses: LossReporter;
  setup: PartitionSetup;
  restored: RestoredDatabase;
  parking: Parking;
  persister: Persister;
  sweeper: Sweeper;
}

export interface ReadingRoom {
  reader: CountReader;
  top: TopReader;
  usage: ClosedUsage;
  changes: ChangeReader;
  refresher: Refresher;
  families: CounterFamilies;
  existing: ExistingCounters;
}

export interface CountingRoom {
  callers: readonly PartitionCaller[];
  newCounters: NewCounterLimits;
  buffer: IncrementBuffer;
  increments: Increments;
  relay: OutboxRelay;
  moves: CounterMoves;
}

export interface OperatingRoom {
  flusher: Flusher;
  reporter: StatusReporter;
  parked: ParkedCounts;
  lateWindows: LateWindows;
}

export interface CheckingRoom {
  rules: WindowRulesCheck;
  fitness: Fitness;
  lateCheck: LateCheck;
}
