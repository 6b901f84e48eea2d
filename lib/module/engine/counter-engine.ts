import { randomUUID } from 'node:crypto';
import type { CacheSource } from '../../cache/cache-source.js';
import type { CounterCache } from '../../cache/counter-cache.js';
import { partitioner } from '../../words/partitioner.js';
import { Calendar } from '../../windows/calendar.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import { Flusher } from '../../operating/flusher.js';
import { IncrementBuffer } from '../../counting/buffer/increment-buffer.js';
import { Increments } from '../../counting/buffer/increments.js';
import type { LaneDependencies } from '../../counting/sending/lane-dependencies.js';
import { NewCounterLimits } from '../../counting/sending/new-counter-limits.js';
import { ParkedCounts } from '../../operating/parked-counts.js';
import { PartitionCaller } from '../../counting/sending/partition-caller.js';
import { Turns } from '../../counting/sending/turns.js';
import { Windows } from '../../windows/windows.js';
import { whileRunning } from '../../words/deadline.js';
import type { CounterEvents } from '../../events.js';
import { OutageProbe } from '../../incidents/outage-probe.js';
import type { CounterStore } from '../../database/counter-store.js';
import { LossReporter } from '../../persisting/loss-reporter.js';
import { PartitionSetup } from '../../persisting/partition-setup.js';
import { Parking } from '../../persisting/parking.js';
import { Persister } from '../../persisting/persister.js';
import { pairingOf } from '../../persisting/neighbours/pairing.js';
import { RestoredDatabase } from '../../persisting/restored-database.js';
import { Seeder } from '../../persisting/seeder.js';
import { SettingsCheck } from '../../persisting/neighbours/settings-check.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import { Sweeper } from '../../persisting/sweeper.js';
import { within } from '../../words/within.js';
import { StatusReporter } from '../../operating/status.js';
import { CountReader } from '../../reading/count-reader.js';
import { ExistingCounters } from '../../reading/existing-counters.js';
import { FirstUse } from './first-use.js';
import { Fitness } from './fitness.js';
import { LateCheck } from './late-check.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import { TimeLeft } from './time-left.js';
import { Upkeep } from './upkeep.js';
import { WindowRulesCheck } from './window-rules.js';

/** How often increments that wait too long are looked for, in milliseconds. */
const GIVE_UP_CHECK = 250;

/** What an engine counts by. */
export interface EnginePorts {
  cache: CounterCache;
  store: CounterStore;
  queue: PersistQueue;
  events: CounterEvents;
  /** What the cache stands on. */
  source: CacheSource;
}

/** Puts the parts together and sees them through: created → started → stopped. */
export class CounterEngine {
  readonly embedded: boolean;
  readonly parts: CountingParts;
  readonly parked: ParkedCounts;
  private readonly callers: readonly PartitionCaller[];
  private readonly flusher: Flusher;
  private readonly asked: FirstUse;
  private readonly persister: Persister;
  private readonly upkeep: Upkeep;
  private readonly probes: readonly OutageProbe[];
  private readonly fitness: Fitness;
  private readonly lateCheck: LateCheck;
  private readonly rules: WindowRulesCheck;
  private readonly giveUpTimer: NodeJS.Timeout;
  private readonly time: TimeLeft;
  private started = false;
  private late = false;

  constructor(
    private readonly options: ResolvedOptions,
    private readonly ports: EnginePorts,
  ) {
    const { cache, store, queue, events, source } = ports;
    this.embedded = source.kind === 'memory';
    this.time = new TimeLeft(options.shutdownTimeout);
    const { namespace, updateInterval, maxBufferedNames, flushTimeout, sweepInterval } = options;
    const { count } = options.queue;
    const partitionOf = partitioner(count);
    const pairing = pairingOf(source, namespace, { cache, store, events });
    const losses = new LossReporter(cache, store, events, pairing);
    const { timeZone } = options.windows;
    const settings = new SettingsCheck(cache, namespace, { queues: count, timeZone });
    const setup = new PartitionSetup(new Seeder(cache, store, losses), settings, pairing);
    const restored = new RestoredDatabase(cache, events);
    const parking = new Parking(cache, losses);
    this.persister = new Persister(cache, store, events, parking, restored);
    const read = { cache, store, events, settings, restored, parking };
    const reader = new CountReader(partitionOf, read);
    const warm: LaneDependencies['warm'] = (names) => reader.warm(names);
    const existing = new ExistingCounters(cache, store, partitionOf, events);
    const newCounters = new NewCounterLimits(
      options.newCounterLimits,
      (names) => existing.among(names),
      events,
    );
    const { outages } = events;
    const calling = { cache, setup, settings, outages, client: randomUUID() };
    this.callers = Array.from(
      { length: count },
      (_, partition) => new PartitionCaller(partition, calling),
    );
    const calendar = new Calendar(options.windows.timeZone);
    const windows = new Windows(options.windows.counters, calendar);
    const sending = { queue, events, warm, newCounters, losses, turns: new Turns() };
    const buffered = { partitionOf, windows, limit: maxBufferedNames };
    const buffer = new IncrementBuffer(this.callers, sending, buffered);
    const flushing = { buffer, cache, queue, partitionOf, partitions: count };
    this.flusher = new Flusher(flushing, flushTimeout);
    const found = () => ({ ...this.upkeep.found, neglected: this.late });
    const reporter = new StatusReporter(
      { cache, store, queue, buffer, events, updateInterval, found },
      count,
    );
    const increments = new Increments(buffer, events, updateInterval);
    this.asked = new FirstUse({ reader, flusher: this.flusher, reporter, store });
    const asking = { ...this.asked.parts, calendar };
    const { retention } = options.windows;
    this.parts = { increments, buffer, ...asking, windows, retention, events, updateInterval };
    // from the first increment on: that may come long before the start is over
    const rejectLate = (): void => buffer.rejectLate(options.acknowledgeTimeout);
    this.giveUpTimer = whileRunning(GIVE_UP_CHECK, rejectLate).unref();
    this.parked = new ParkedCounts({ cache, queue, events, warm, partitions: count });
    const { persister } = this;
    this.probes = [
      new OutageProbe(outages, 'read', (place) => reader.retry(place)),
      new OutageProbe(outages, 'write', async (place) => buffer.lanes[Number(place)]?.prove()),
    ];
    this.rules = new WindowRulesCheck(cache, events, options.windows);
    const { rules } = this;
    const watched = { cache, store, settings, restored, pairing };
    this.fitness = new Fitness({ ...watched, queue, events, calendar, rules }, options);
    this.lateCheck = new LateCheck(events);
    const servers = { cache, store, queue, events };
    const dependencies = { ...servers, restored, setup, persister, parking, losses };
    const sweeper = new Sweeper(dependencies, count, sweepInterval);
    this.upkeep = new Upkeep({ pairing, cache, store, events, calendar, sweeper }, options);
  }

  /**
   * Rejects when this process must not count; answers what to warn of. Redis and the database need not
   * be there yet: then each is checked when it comes, and what is wrong is reported.
   */
  check(): Promise<string[]> {
    return this.fitness.ofAll((inspect) => this.lateCheck.look(inspect));
  }

  /** Whether this is used, for counting or for reading, although nobody started it: then nothing is persisted here. */
  get isNeglected(): boolean {
    return !this.started && (this.asked.hasCome || this.hasCounted);
  }

  private get hasCounted(): boolean {
    return this.callers.some((caller) => caller.hasCalled);
  }

  /** For want of hooks. */
  startLate(): void {
    this.start();
    this.late = true;
  }

  /** Closes connections that nothing is under way on; the next call makes another. */
  rest(): void {
    this.lateCheck.rest();
    this.ports.cache.rest?.();
  }

  start(): void {
    const { workers } = this.options;
    this.late = false;
    this.lateCheck.goOn();
    if (this.started) return;
    this.started = true;
    for (const probe of this.probes) probe.start();
    if (workers) this.work();
    this.upkeep.start(workers);
  }

  /** Sends what is here, and persists it in the embedded mode, while more may still come. */
  async settle(): Promise<void> {
    const { buffer } = this.parts;
    this.time.begin();
    this.workAtLast();
    if (this.embedded) await persisted(this.flusher, this.time.forDelivery());
    else await within(this.time.forDelivery(), buffer.whenSettled());
    this.time.pause();
  }

  /** Takes no more, sends what is here, persists it in the embedded mode, and lets everything go. */
  async stop(): Promise<{ undelivered: number; unpersisted: boolean }> {
    const { buffer } = this.parts;
    const { flusher, time } = this;
    const { cache, store, queue, events } = this.ports;
    time.begin();
    this.workAtLast();
    this.lateCheck.stop();
    this.rules.stop();
    for (const probe of this.probes) probe.stop();
    buffer.close();
    const delivered = await within(time.forDelivery(), buffer.whenSettled());
    clearInterval(this.giveUpTimer);
    const undelivered = delivered ? 0 : buffer.abandon();
    const unpersisted = this.embedded && !(await persisted(flusher, time.forDelivery()));
    this.persister.stop();
    const stopped = await within(time.forDelivery(), this.upkeep.stop());
    events.outages.close();
    await queue.close(time.all());
    if (delivered) {
      const retiring = this.callers.map((caller) => caller.retire());
      await within(time.all(), Promise.all([...retiring, stopped && this.upkeep.redis?.leave()]));
    }
    await cache.close();
    if (delivered && !unpersisted && stopped) await within(time.all(), this.leave());
    // a data source waits for the connections that it gave
    store.giveUp?.();
    events.removeAllListeners();
    return { undelivered, unpersisted };
  }

  private work(): void {
    this.ports.queue.work((partition, job) => this.persister.persist(partition, job));
  }

  /** Embedded, what was counted is persisted even if nobody started this. */
  private workAtLast(): void {
    if (this.embedded && !this.started && this.hasCounted) this.work();
  }

  /** Takes back what shows that this process runs: removes the ledger of an embedded process that has persisted everything, with the states that stood above it. */
  private async leave(): Promise<void> {
    const { source } = this.ports;
    const { presence } = this.upkeep;
    const { namespace, queue } = this.options;
    if (presence === undefined || source.kind !== 'memory') return;
    if (source.release(namespace, queue.count)) await presence.leave();
  }
}

async function persisted(flusher: Flusher, milliseconds: number): Promise<boolean> {
  const flushed = flusher.flush().then(
    () => true,
    () => false,
  );
  return (await within(milliseconds, flushed)) && flushed;
}
