import { CountWatch } from '../../counting/count-watch.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import type { OutageProbe } from '../../incidents/outage-probe.js';
import type { Flusher } from '../../operating/flusher.js';
import type { ParkedCounts } from '../../operating/parked-counts.js';
import { whileRunning } from '../../words/deadline.js';
import { partitionNumbers } from '../../words/partitioner.js';
import { within } from '../../words/within.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import {
  checkingRoom,
  groundOf,
  operatingRoom,
  persistingRoom,
  partsOf,
  probesOf,
  readingRoom,
  upkeepOf,
} from './assembly.js';
import { countingRoom } from './counting-room.js';
import type {
  CheckingRoom,
  CountingRoom,
  EnginePorts,
  OperatingRoom,
  PersistingRoom,
} from './rooms.js';
import { FirstUse } from './first-use.js';
import type { Inspect } from './late-check.js';
import { TimeLeft } from './time-left.js';
import type { Upkeep } from './upkeep.js';

/** Milliseconds between two looks for increments that have waited for `acknowledgeTimeout`. */
const GIVE_UP_CHECK = 250;

/** Puts the parts together and sees them through: created → started → stopped. */
export class CounterEngine {
  readonly embedded: boolean;
  readonly parts: CountingParts;
  private readonly time: TimeLeft;
  private readonly persisting: PersistingRoom;
  private readonly counting: CountingRoom;
  private readonly operating: OperatingRoom;
  private readonly checking: CheckingRoom;
  private readonly upkeep: Upkeep;
  private readonly probes: readonly OutageProbe[];
  private readonly asked: FirstUse;
  private readonly watches: CountWatch;
  private readonly giveUpTimer: NodeJS.Timeout;
  private started = false;
  private late = false;

  constructor(
    private readonly options: ResolvedOptions,
    private readonly ports: EnginePorts,
  ) {
    const { events, source, store } = ports;
    this.embedded = source.kind === 'memory';
    this.time = new TimeLeft(options.shutdownTimeout);
    const ground = groundOf(ports, options);
    this.persisting = persistingRoom(ground);
    const reading = readingRoom(ground, this.persisting);
    const persist = (names: readonly string[]) => this.operating.flusher.flush(names);
    this.counting = countingRoom(ground, this.persisting, reading, persist);
    const found = () => ({ ...this.upkeep.found, neglected: this.late });
    this.operating = operatingRoom(ground, this.persisting, reading, this.counting, found);
    this.checking = checkingRoom(ground, this.persisting);
    this.upkeep = upkeepOf(ground, this.persisting, this.checking, this.counting, this.operating);
    this.probes = probesOf(events, this.persisting, reading, this.counting);
    this.asked = new FirstUse({ ...reading, ...this.operating, store });
    this.watches = new CountWatch(this.asked.parts.reader);
    this.parts = partsOf(ground, reading, this.counting, this.asked, this.watches);
    this.giveUpTimer = this.rejectingLate();
  }

  get parked(): ParkedCounts {
    return this.operating.parked;
  }

  /**
   * Looks whether Redis and the database are fit for counts. Answers what to warn of, and rejects where this process must not
   * count. A server that is away is looked at when it comes; what is wrong with it is then the event `misconfigured`.
   */
  async check(): Promise<string[]> {
    const { fitness, lateCheck } = this.checking;
    const look = (inspect: Inspect): Promise<string[]> => lateCheck.look(inspect);
    const warnings = await fitness.checkAll(look);
    if (this.ports.store.writesAlone === true) await look(() => this.setUpAll());
    return warnings;
  }

  private async setUpAll(): Promise<string[]> {
    const { setup } = this.persisting;
    const partitions = partitionNumbers(this.options.queue.count);
    await Promise.all(partitions.map((partition) => setup.setUp(partition)));
    return [];
  }

  /** Whether counters are counted or read, and the engine was not started: then this process persists nothing. */
  get isNeglected(): boolean {
    return !this.started && (this.asked.isUsed || this.hasCounted);
  }

  private get hasCounted(): boolean {
    return this.counting.callers.some((caller) => caller.hasCalled);
  }

  /** Starts an engine whose hooks of Nest did not come: `status()` tells that, until `start()` is called. */
  startLate(): void {
    this.start();
    this.late = true;
  }

  /** Closes connections that no call is using; the next call opens another one. */
  rest(): void {
    this.checking.lateCheck.rest();
    this.ports.cache.rest?.();
  }

  start(): void {
    const { workers } = this.options;
    this.late = false;
    this.checking.lateCheck.goOn();
    if (this.started) return;
    this.started = true;
    for (const probe of this.probes) probe.start();
    if (workers) this.work();
    if (workers) this.counting.relay.start();
    this.upkeep.start(workers);
  }

  /** Sends the increments of this process to Redis; embedded, persists them. More increments may come meanwhile. */
  async settle(): Promise<void> {
    const { buffer } = this.counting;
    this.time.begin();
    // before HTTP closes, which waits for the answers that last as long as somebody watches
    this.watches.close();
    this.counting.relay.end();
    this.workAtLast();
    await this.drained();
    if (this.embedded) await persisted(this.operating.flusher, this.time.forDelivery());
    else await within(this.time.forDelivery(), buffer.whenSettled());
    this.time.pause();
  }

  /** Takes no more increments, sends those of this process to Redis, embedded persists them, and closes everything. */
  async stop(): Promise<{ undelivered: number; unpersisted: boolean }> {
    const { buffer, callers, relay } = this.counting;
    const { flusher } = this.operating;
    const { time } = this;
    const { cache, store, queue, events } = this.ports;
    time.begin();
    this.workAtLast();
    this.watches.close();
    this.checking.lateCheck.stop();
    this.checking.rules.stop();
    for (const probe of this.probes) probe.stop();
    await this.drained();
    buffer.close();
    const delivered = await within(time.forDelivery(), buffer.whenSettled());
    clearInterval(this.giveUpTimer);
    const undelivered = delivered ? 0 : buffer.abandon();
    const unpersisted = this.embedded && !(await persisted(flusher, time.forDelivery()));
    this.persisting.persister.stop();
    const stopping = [this.upkeep.stop(), Promise.resolve(relay.stop())];
    const stopped = await within(time.forDelivery(), Promise.all(stopping));
    events.outages.close();
    await queue.close(time.all());
    if (delivered) {
      const retiring = callers.map((caller) => caller.retire());
      await within(time.all(), Promise.all([...retiring, stopped && this.upkeep.redis?.leave()]));
    }
    await cache.close();
    if (delivered && !unpersisted && stopped) await within(time.all(), this.leave());
    // a data source waits for the connections that it gave
    store.giveUp?.();
    events.removeAllListeners();
    return { undelivered, unpersisted };
  }

  /** Counts increments of transactions that this process wrote and that are committed by now. */
  private async drained(): Promise<void> {
    const draining = this.counting.relay.drain();
    await within(this.time.forDelivery(), Promise.resolve(draining));
  }

  /** Looks from now on, as the first increment may come long before the start is over. */
  private rejectingLate(): NodeJS.Timeout {
    const { buffer } = this.counting;
    const { acknowledgeTimeout } = this.options;
    return whileRunning(GIVE_UP_CHECK, () => buffer.rejectLate(acknowledgeTimeout)).unref();
  }

  private work(): void {
    const { persister } = this.persisting;
    this.ports.queue.work((partition, job) => persister.persist(partition, job));
  }

  /** Embedded, counts are persisted also where the engine was never started. */
  private workAtLast(): void {
    if (this.embedded && !this.started && this.hasCounted) this.work();
  }

  /**
   * Removes the ledger rows of an embedded process that has persisted everything, after the counts in memory that belong to
   * them: other processes see no more that this one runs.
   */
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
