import { CountWatch } from '../../counting/count-watch.js';
import { CounterService } from '../../counting/counter.service.js';
import { MeteringService } from '../../metering/service/metering.service.js';
import { QuotaTaker } from '../../metering/service/quota-taker.js';
import {
  groundOf,
  operatingRoom,
  partsOf,
  persistingRoom,
  readingRoom,
} from '../../module/engine/assembly.js';
import { countingRoom } from '../../module/engine/counting-room.js';
import { FirstUse } from '../../module/engine/first-use.js';
import type { CountingRoom, EnginePorts, PersistingRoom } from '../../module/engine/rooms.js';
import type { ResolvedOptions } from '../../module/options/resolve-options.js';
import type { ParkedCounts } from '../../operating/parked-counts.js';
import { patienceOf } from '../../operating/status/patience.js';
import { Seeder } from '../../persisting/seeder.js';
import { isAway } from '../../incidents/is-away.js';
import { whileRunning } from '../../words/deadline.js';
import { reasonOf } from '../../words/quote.js';
import { within } from '../../words/within.js';
import { Accepting } from './accepting.js';
import { countedByOthers } from './counted-by-others.js';
import { MissingWorkers } from './missing-workers.js';
import { NoForgetting, NoParking, NoSetup } from './passive.js';

/** Milliseconds between two looks for calls that have waited for `acknowledgeTimeout`. */
const GIVE_UP_CHECK = 250;
/** What is noted where the servers or the settings are others. */
const PAIR = 'servers of the namespace';
/** Milliseconds for which closing waits for each part. */
const CLOSING = 1000;

/**
 * The parts of `CounterEngine` in a process that looks, and changes what it is told to: it does nothing by itself. It does not say that it
 * runs, sweeps nothing, sets nothing up, notes no server and reports no loss, so that other processes do not know of it.
 */
export class Observer {
  readonly counters: CounterService;
  readonly metering: MeteringService;
  readonly parked: ParkedCounts;
  private readonly workers: MissingWorkers;
  private readonly accepting: Accepting;
  readonly persisting: PersistingRoom;
  private readonly counting: CountingRoom;
  private readonly watches: CountWatch;
  private readonly giveUpTimer: NodeJS.Timeout;

  constructor(
    readonly options: ResolvedOptions,
    readonly ports: EnginePorts,
  ) {
    const { cache, store, events } = ports;
    const ground = groundOf(ports, options);
    const room = persistingRoom(ground);
    const { losses, settings } = room;
    this.persisting = {
      ...room,
      setup: new NoSetup(new Seeder(cache, store, losses), settings),
      restored: new NoForgetting(cache, events),
      parking: new NoParking(cache, losses),
    };
    const reading = readingRoom(ground, this.persisting);
    const persist = (names: readonly string[]): Promise<void> => operating.flusher.flush(names);
    this.counting = countingRoom(ground, this.persisting, reading, persist);
    this.workers = new MissingWorkers(cache, options.queue.count);
    this.accepting = new Accepting(ports.source, options, events.outages);
    const found = () => ({
      ...{ missingWorkers: this.workers.since, neglected: false },
      patience: patienceOf(this.workers.updateInterval),
    });
    const operating = operatingRoom(ground, this.persisting, reading, this.counting, found);
    const asked = new FirstUse({ ...reading, ...operating, store });
    this.watches = new CountWatch(asked.parts.reader);
    const settle = (): Promise<void> => countedByOthers(store.outbox);
    const parts = { ...partsOf(ground, reading, this.counting, asked, this.watches), settle };
    this.counters = new CounterService(parts);
    this.metering = new MeteringService(
      this.counters,
      parts,
      new QuotaTaker(parts, options.quotas),
    );
    this.parked = operating.parked;
    const { buffer } = this.counting;
    const late = (): void => buffer.rejectLate(options.acknowledgeTimeout);
    this.giveUpTimer = whileRunning(GIVE_UP_CHECK, late).unref();
  }

  /** Looks for what a process of the application finds at its start and while it runs, for the next `status()`. Never rejects. */
  async look(): Promise<void> {
    await Promise.all([this.workers.look(), this.accepting.look(), this.lookAtPair()]);
  }

  private async lookAtPair(): Promise<void> {
    const { misconfigurations } = this.ports.events;
    try {
      await this.expectPair();
      misconfigurations.mended(PAIR);
    } catch (error) {
      // what a server said before holds until it answers again
      if (!isAway(error) && !misconfigurations.isTold(PAIR)) {
        misconfigurations.note(PAIR, reasonOf(error));
      }
    }
  }

  /** Rejects where another Redis, or another database, counts this namespace, or counts with other settings. */
  async expectPair(): Promise<void> {
    await this.persisting.settings.check();
    await this.persisting.pairing?.check();
  }

  async close(): Promise<void> {
    const { buffer, callers } = this.counting;
    const { cache, store, queue, events } = this.ports;
    this.watches.close();
    buffer.close();
    const delivered = await within(CLOSING, buffer.whenSettled());
    clearInterval(this.giveUpTimer);
    if (!delivered) buffer.abandon();
    events.outages.close();
    await queue.close(CLOSING);
    // what Redis keeps of a sender that sends no more
    const retiring = callers.map((caller) => caller.retire());
    if (delivered) await within(CLOSING, Promise.all(retiring));
    this.accepting.close();
    await cache.close();
    store.giveUp?.();
    events.removeAllListeners();
  }
}
