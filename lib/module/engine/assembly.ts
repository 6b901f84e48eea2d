import { randomUUID } from 'node:crypto';
import type { CacheSource } from '../../cache/cache-source.js';
import type { CounterCache } from '../../cache/counter-cache.js';
import type { CountWatch } from '../../counting/count-watch.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import { IncrementBuffer } from '../../counting/buffer/increment-buffer.js';
import { Increments } from '../../counting/buffer/increments.js';
import { OutboxRelay } from '../../counting/outbox/outbox-relay.js';
import { TransactionalIncrements } from '../../counting/outbox/transactional-increments.js';
import { NewCounterLimits } from '../../counting/sending/new-counter-limits.js';
import { PartitionCaller } from '../../counting/sending/partition-caller.js';
import { Pace } from '../../counting/sending/pace.js';
import type { CounterStore } from '../../database/counter-store.js';
import type { CounterEvents } from '../../events.js';
import { OutageProbe } from '../../incidents/outage-probe.js';
import { Flusher } from '../../operating/flusher.js';
import { ParkedCounts } from '../../operating/parked-counts.js';
import { type StatusParts, StatusReporter } from '../../operating/status.js';
import { LossReporter } from '../../persisting/loss-reporter.js';
import { pairingOf } from '../../persisting/neighbours/pairing.js';
import { SettingsCheck } from '../../persisting/neighbours/settings-check.js';
import { Parking } from '../../persisting/parking.js';
import { PartitionSetup } from '../../persisting/partition-setup.js';
import { Persister } from '../../persisting/persister.js';
import { RestoredDatabase } from '../../persisting/restored-database.js';
import { Seeder } from '../../persisting/seeder.js';
import { Sweeper } from '../../persisting/sweeper.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import { CountReader } from '../../reading/count-reader.js';
import { ExistingCounters } from '../../reading/existing-counters.js';
import { Refresher } from '../../reading/refresher.js';
import { TopReader } from '../../reading/top-reader.js';
import { Calendar } from '../../windows/calendar.js';
import { Windows } from '../../windows/windows.js';
import { partitionNumbers, type Partitioner, partitioner } from '../../words/partitioner.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import type { FirstUse } from './first-use.js';
import { Fitness } from './fitness.js';
import { LateCheck } from './late-check.js';
import { Upkeep } from './upkeep.js';
import { WindowRulesCheck } from './window-rules.js';

/**
 * How an engine is put together, room by room in the order of the write path. A room gets those that it needs, and makes no
 * timer and no connection: these begin when the engine starts, or when something is counted.
 */

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
interface Ground {
  ports: EnginePorts;
  options: ResolvedOptions;
  partitionOf: Partitioner;
  calendar: Calendar;
  windows: Windows;
}

export function groundOf(ports: EnginePorts, options: ResolvedOptions): Ground {
  const calendar = new Calendar(options.windows.timeZone);
  const windows = new Windows(options.windows.counters, calendar);
  return { ports, options, partitionOf: partitioner(options.queue.count), calendar, windows };
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

export function persistingRoom({ ports, options }: Ground): PersistingRoom {
  const { cache, store, queue, events, source } = ports;
  const { namespace, sweepInterval } = options;
  const { count } = options.queue;
  const { timeZone } = options.windows;
  const pairing = pairingOf(source, namespace, { cache, store, events });
  const losses = new LossReporter(cache, store, events, pairing);
  const settings = new SettingsCheck(cache, namespace, { queues: count, timeZone });
  const setup = new PartitionSetup(new Seeder(cache, store, losses), settings, pairing);
  const restored = new RestoredDatabase(cache, events);
  const parking = new Parking(cache, losses);
  const persister = new Persister(cache, store, events, parking, restored);
  const swept = { cache, store, queue, events, restored, setup, persister, parking, losses };
  const sweeper = new Sweeper(swept, count, sweepInterval);
  return { pairing, settings, losses, setup, restored, parking, persister, sweeper };
}

interface ReadingRoom {
  reader: CountReader;
  top: TopReader;
  refresher: Refresher;
  existing: ExistingCounters;
}

export function readingRoom(
  { ports, options, partitionOf }: Ground,
  { settings, restored, parking }: PersistingRoom,
): ReadingRoom {
  const { cache, store, events } = ports;
  const dependencies = { cache, store, events, settings, restored, parking };
  const reader = new CountReader(partitionOf, dependencies);
  return {
    reader,
    top: new TopReader({ cache, store, reader }, options.queue.count),
    refresher: new Refresher(cache, reader, partitionOf),
    existing: new ExistingCounters(cache, store, partitionOf, events),
  };
}

export interface CountingRoom {
  callers: readonly PartitionCaller[];
  newCounters: NewCounterLimits;
  buffer: IncrementBuffer;
  increments: Increments;
  /** Absent where there is no database. */
  relay: OutboxRelay | undefined;
}

export function countingRoom(
  { ports, options, partitionOf, windows }: Ground,
  { setup, settings, losses, sweeper }: PersistingRoom,
  { reader, existing }: ReadingRoom,
  persist: (names: readonly string[]) => Promise<void>,
  Buffer = IncrementBuffer,
): CountingRoom {
  const { cache, store, queue, events, source } = ports;
  const { newCounterLimits, maxBufferedNames, updateInterval } = options;
  const calling = { cache, setup, settings, outages: events.outages, client: randomUUID() };
  const callers = partitionNumbers(options.queue.count).map(
    (partition) => new PartitionCaller(partition, calling),
  );
  const among = (names: Iterable<string>) => existing.among(names);
  const warm = (names: Iterable<string>) => reader.warm(names);
  const newCounters = new NewCounterLimits(newCounterLimits, among, events);
  const pace = new Pace(cache, options.linger);
  const sending = { queue, events, warm, newCounters, losses, pace };
  const buffered = { partitionOf, windows, limit: maxBufferedNames };
  const buffer = new Buffer(callers, sending, buffered);
  const embedded = source.kind === 'memory' ? randomUUID() : undefined;
  const relay =
    store.outbox &&
    new OutboxRelay(
      {
        ...{ outbox: store.outbox, buffer, events, leads: () => sweeper.leads },
        place: async () => embedded ?? (await cache.identity(randomUUID())) ?? '',
        persist: embedded && persist,
      },
      {
        updateInterval,
        sweepInterval: options.sweepInterval,
        // a call that counts may take that long
        repeatable: options.idempotencyTtl - options.acknowledgeTimeout,
      },
    );
  const expect = (ids: readonly string[], isOpen: () => boolean) => relay?.expect(ids, isOpen);
  const transactional = new TransactionalIncrements(store.outbox, { expect });
  const increments = new Increments(buffer, events, updateInterval, transactional);
  return { callers, newCounters, buffer, increments, relay };
}

export interface OperatingRoom {
  flusher: Flusher;
  reporter: StatusReporter;
  parked: ParkedCounts;
}

/** `found`: what other parts of this process found, for `status()`. */
export function operatingRoom(
  { ports: { cache, store, queue, events }, options, partitionOf }: Ground,
  { reader }: ReadingRoom,
  { buffer }: CountingRoom,
  found: StatusParts['found'],
): OperatingRoom {
  const { flushTimeout, updateInterval } = options;
  const partitions = options.queue.count;
  const warm = (names: Iterable<string>) => reader.warm(names);
  const told = { cache, store, queue, buffer, events, updateInterval, found };
  return {
    flusher: new Flusher({ buffer, cache, queue, partitionOf, partitions }, flushTimeout),
    reporter: new StatusReporter(told, partitions),
    parked: new ParkedCounts({ cache, queue, events, warm, partitions }),
  };
}

/** What the services stand on. */
export function partsOf(
  { ports: { events }, options, calendar, windows }: Ground,
  { increments, buffer, relay }: CountingRoom,
  asked: FirstUse,
  watches: CountWatch,
): CountingParts {
  const { updateInterval } = options;
  const kept = { calendar, windows, retention: options.windows.retention };
  const { flusher } = asked.parts;
  const flush = async (names?: readonly string[]): Promise<void> => {
    // what was committed before is pending too
    await relay?.drain();
    await flusher.flush(names);
  };
  const parts = { ...asked.parts, flusher: { flush } };
  return { increments, buffer, ...parts, watches, ...kept, events, updateInterval };
}

export interface CheckingRoom {
  rules: WindowRulesCheck;
  fitness: Fitness;
  lateCheck: LateCheck;
}

export function checkingRoom(
  { ports: { cache, store, queue, events }, options, calendar }: Ground,
  { settings, restored, pairing }: PersistingRoom,
): CheckingRoom {
  const rules = new WindowRulesCheck(cache, events, options.windows);
  const checked = { cache, store, queue, events, settings, restored, pairing, calendar, rules };
  return { rules, fitness: new Fitness(checked, options), lateCheck: new LateCheck(events) };
}

export function upkeepOf(
  { ports: { cache, store, events }, options, calendar }: Ground,
  { pairing, sweeper }: PersistingRoom,
  { rules }: CheckingRoom,
): Upkeep {
  return new Upkeep({ pairing, cache, store, events, calendar, sweeper, rules }, options);
}

/** Tries reads and writes again where they failed, until one succeeds: the application may not ask again. */
export function probesOf(
  { outages }: CounterEvents,
  { reader }: ReadingRoom,
  { buffer }: CountingRoom,
): readonly OutageProbe[] {
  return [
    new OutageProbe(outages, 'read', (place) => reader.retry(place)),
    new OutageProbe(outages, 'write', async (place) => buffer.lanes[Number(place)]?.prove()),
  ];
}
