import type { CountWatch } from '../../counting/count-watch.js';
import { Deleting } from '../../counting/correcting/deleting.js';
import { Erasing } from '../../counting/correcting/erasing.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import { EventsImport } from '../../counting/correcting/import-events.js';
import { WindowCorrections } from '../../counting/correcting/window-corrections.js';
import type { CounterEvents } from '../../events.js';
import { OutageProbe } from '../../incidents/outage-probe.js';
import { Flusher } from '../../operating/flusher.js';
import { ParkedCounts } from '../../operating/parked-counts.js';
import { ParkedErasure } from '../../operating/parked-erasure.js';
import { ProblemEnds } from '../../operating/status/problem-ends.js';
import { type StatusParts, StatusReporter } from '../../operating/status/status.js';
import { LateWindows } from '../../persisting/late-windows.js';
import { LossReporter } from '../../persisting/loss-reporter.js';
import { pairingOf } from '../../persisting/neighbours/pairing.js';
import { SettingsCheck } from '../../persisting/neighbours/settings-check.js';
import { Parking } from '../../persisting/parking.js';
import { PartitionSetup } from '../../persisting/partition-setup.js';
import { Persister } from '../../persisting/persister.js';
import { RestoredDatabase } from '../../persisting/restored-database.js';
import { Seeder } from '../../persisting/seeder.js';
import { Sweeper } from '../../persisting/sweeper.js';
import { ChangeReader } from '../../reading/changes/change-reader.js';
import { CountReader } from '../../reading/count-reader.js';
import { CounterFamilies } from '../../reading/counter-families.js';
import { ExistingCounters } from '../../reading/existing-counters.js';
import { Refresher } from '../../reading/refresher.js';
import { TopReader } from '../../reading/top-reader.js';
import { ClosedUsage } from '../../reading/usage/closed-usage.js';
import { UsageReader } from '../../reading/usage/usage-reader.js';
import { Calendar } from '../../windows/calendar.js';
import { Windows } from '../../windows/windows.js';
import { partitioner } from '../../words/partitioner.js';
import { deliveredUntil } from '../../counting/buffer/waiting-increments.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import type { FirstUse } from './first-use.js';
import { Fitness } from './fitness.js';
import { LateCheck } from './late-check.js';
import type {
  CheckingRoom,
  CountingRoom,
  EnginePorts,
  Ground,
  OperatingRoom,
  PersistingRoom,
  ReadingRoom,
} from './rooms.js';
import { Upkeep } from './upkeep.js';
import { WindowRulesCheck } from './window-rules.js';

/**
 * How an engine is put together, room by room in the order of the write path. A room gets those that it needs, and makes no
 * timer and no connection: these begin when the engine starts, or when something is counted.
 */

export function groundOf(ports: EnginePorts, options: ResolvedOptions): Ground {
  const calendar = new Calendar(options.windows.timeZone);
  const windows = new Windows(options.windows.counters, calendar);
  return { ports, options, partitionOf: partitioner(options.queue.count), calendar, windows };
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

export function readingRoom(
  { ports, options, partitionOf }: Ground,
  { settings, restored, parking }: PersistingRoom,
): ReadingRoom {
  const { cache, store, events } = ports;
  const dependencies = { cache, store, events, settings, restored, parking };
  const reader = new CountReader(partitionOf, dependencies);
  const usage = new UsageReader({ cache, store, reader }, options.queue.count);
  return {
    reader,
    top: new TopReader({ cache, store, reader }, options.queue.count),
    usage: new ClosedUsage(usage, store),
    changes: new ChangeReader(store),
    refresher: new Refresher(cache, reader, partitionOf),
    families: new CounterFamilies({ cache, store, partitionOf, partitions: options.queue.count }),
    existing: new ExistingCounters(cache, store, partitionOf, events),
  };
}

/** `found`: what other parts of this process found, for `status()`. */
export function operatingRoom(
  { ports: { cache, store, queue, events }, options, partitionOf, calendar }: Ground,
  { sweeper }: PersistingRoom,
  { reader, refresher }: ReadingRoom,
  { buffer, relay }: CountingRoom,
  found: StatusParts['found'],
): OperatingRoom {
  const { flushTimeout, updateInterval, windows } = options;
  const partitions = options.queue.count;
  const warm = (names: Iterable<string>) => reader.warm(names);
  const until = (): number => deliveredUntil(buffer, relay);
  const told = {
    cache,
    store,
    queue,
    buffer,
    events,
    updateInterval,
    found,
    deliveredUntil: until,
  };
  const late = { closings: store.closings, calendar, events, refresher };
  return {
    lateWindows: new LateWindows(late, windows, () => sweeper.isLed),
    flusher: new Flusher({ buffer, cache, queue, partitionOf, partitions }, flushTimeout),
    reporter: new StatusReporter(told, partitions),
    parked: new ParkedCounts({ cache, queue, events, warm, partitions }),
  };
}

/** What the services stand on. */
export function partsOf(
  { ports: { cache, store, events }, options, calendar, windows }: Ground,
  { families }: ReadingRoom,
  { increments, buffer, relay, moves }: CountingRoom,
  asked: FirstUse,
  watches: CountWatch,
): CountingParts {
  const { updateInterval } = options;
  const kept = { calendar, windows, retention: options.windows.retention };
  const { flusher } = asked.parts;
  const flush = async (names?: readonly string[]): Promise<void> => {
    // what was committed before is pending too
    await relay.drain();
    await flusher.flush(names);
  };
  const settle = async (): Promise<void> => {
    // it comes with version 2 of the tables
    if (await store.outbox.exists()) await relay.settle();
  };
  const parked = new ParkedErasure(cache, events, options.queue.count);
  const deleting = new Deleting({ buffer, events, families, updateInterval });
  const erasing = new Erasing({
    ...{ buffer, outbox: store.outbox, flush, settle },
    deleteAll: (counters, change) => deleting.deleteAll(counters, change),
    find: (names) => families.consistingOf(names),
    discardParked: (names, change) => parked.discard(names, change),
  });
  const { closings } = store;
  const parts = { ...asked.parts, flusher: { flush }, settle, closings };
  const corrections = new WindowCorrections({
    ...{ corrections: store.corrections, relay, events, ...kept, closings },
    ...{ reader: parts.reader, refresher: parts.refresher, lateWindows: parts.lateWindows },
    patience: options.acknowledgeTimeout,
  });
  const imports = new EventsImport({ imports: store.imports, relay, ...kept });
  const changing = { increments, buffer, moves, corrections, imports, erasing };
  return { ...changing, ...parts, watches, ...kept, events, updateInterval };
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
  { buffer, relay }: CountingRoom,
  { lateWindows, reporter }: OperatingRoom,
): Upkeep {
  const until = (): number => deliveredUntil(buffer, relay);
  const ends = new ProblemEnds(reporter, events.lines);
  const kept = { pairing, cache, store, events, calendar, sweeper, rules, lateWindows, ends };
  return new Upkeep({ ...kept, deliveredUntil: until, told: () => reporter.told() }, options);
}

/**
 * Tries again what failed, until it succeeds: the application may not ask for another read or write, and what this process
 * could not persist another one may have.
 */
export function probesOf(
  { outages }: CounterEvents,
  { persister }: PersistingRoom,
  { reader }: ReadingRoom,
  { buffer }: CountingRoom,
): readonly OutageProbe[] {
  return [
    new OutageProbe(outages, 'persist', (place) => persister.retry(Number(place))),
    new OutageProbe(outages, 'read', (place) => reader.retry(place)),
    new OutageProbe(outages, 'write', async (place) => buffer.lanes[Number(place)]?.prove()),
  ];
}
