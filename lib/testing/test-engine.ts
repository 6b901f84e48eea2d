import { CountWatch } from '../counting/count-watch.js';
import type { CountingParts } from '../counting/counting-parts.js';
import { IncrementBuffer } from '../counting/buffer/increment-buffer.js';
import type { BufferEntry } from '../counting/entries/buffer-entry.js';
import type { CounterEvents } from '../events.js';
import {
  groundOf,
  operatingRoom,
  partsOf,
  persistingRoom,
  readingRoom,
} from '../module/engine/assembly.js';
import { countingRoom } from '../module/engine/counting-room.js';
import type { CountingRoom, PersistingRoom } from '../module/engine/rooms.js';
import { FirstUse } from '../module/engine/first-use.js';
import type { ResolvedOptions } from '../module/options/resolve-options.js';
import type { ParkedCounts } from '../operating/parked-counts.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { partitionNumbers } from '../words/partitioner.js';
import type { TestMemory } from './memory.js';

/** Milliseconds for jobs under way when an application closes: they are in memory, and end at once. */
const CLOSING = 1000;

/** Sends at once also what nobody awaits: a test reads what a decorated method counted. */
class EagerBuffer extends IncrementBuffer {
  override enterKnown(name: string, interval: number): BufferEntry | undefined {
    return super.enterKnown(name, interval, true);
  }

  override enter(...[addition, interval]: Parameters<IncrementBuffer['enter']>): BufferEntry {
    return super.enter(addition, interval);
  }
}

/**
 * The parts of `CounterEngine` on the memory of a test, without what a process does again and again: nothing goes off when a test
 * advances its clock but the jobs that persist. It is ready when it is made.
 */
export class TestEngine {
  readonly parts: CountingParts;
  readonly parked: ParkedCounts;
  private readonly persisting: PersistingRoom;
  private readonly counting: CountingRoom;
  private readonly watches: CountWatch;
  private readonly partitions: readonly number[];

  constructor(
    options: ResolvedOptions,
    private readonly memory: TestMemory,
    private readonly queue: PersistQueue,
    private readonly events: CounterEvents,
  ) {
    const { cache, store } = memory;
    const source = { kind: 'memory', states: () => memory.states, release: () => false } as const;
    const ground = groundOf({ cache, store, queue, events, source }, options);
    this.partitions = partitionNumbers(options.queue.count);
    this.persisting = persistingRoom(ground);
    const reading = readingRoom(ground, this.persisting);
    const persist = (names?: readonly string[]): Promise<void> =>
      this.askForJobs().then(() => operating.flusher.flush(names));
    this.counting = countingRoom(ground, this.persisting, reading, persist, EagerBuffer);
    const found = () => ({ neglected: false });
    const operating = operatingRoom(ground, this.persisting, reading, this.counting, found);
    const { reporter } = operating;
    this.parked = operating.parked;
    const { buffer } = this.counting;
    const { reader, top, usage, changes, refresher, families } = reading;
    const asked = new FirstUse({
      // what was counted before a read is in it, awaited or not
      reader: {
        read: (names) => buffer.whenSettled().then(() => reader.read(names)),
        readSettled: (names) => buffer.whenSettled().then(() => reader.readSettled(names)),
        warm: (names) => reader.warm(names),
      },
      changes,
      top: { read: (given) => buffer.whenSettled().then(() => top.read(given)) },
      usage: { read: (given) => buffer.whenSettled().then(() => usage.read(given)) },
      refresher,
      families,
      flusher: { flush: persist },
      reporter,
      lateWindows: operating.lateWindows,
      store,
    });
    this.watches = new CountWatch(asked.parts.reader);
    this.parts = partsOf(ground, reading, this.counting, asked, this.watches);
    const { persister } = this.persisting;
    queue.work((partition, job) => persister.persist(partition, job));
  }

  /** Forgets all that was counted before, also where it is on its way. */
  async clear(): Promise<void> {
    await this.counting.buffer.whenSettled();
    this.counting.newCounters.forget();
    this.memory.clear();
  }

  async stop(): Promise<void> {
    const { buffer } = this.counting;
    this.watches.close();
    buffer.close();
    await buffer.whenSettled();
    this.persisting.persister.stop();
    this.events.outages.close();
    await this.queue.close(CLOSING);
    await this.memory.cache.close();
    this.events.removeAllListeners();
  }

  /** Jobs that were asked for may wait for a fake clock, which was set forward and did not go on: other ones take their places. */
  private async askForJobs(): Promise<void> {
    await this.counting.buffer.whenSettled();
    const { cache } = this.memory;
    const asking = this.partitions.map(async (partition) =>
      this.queue.trigger(partition, await cache.wake(partition)),
    );
    await Promise.all(asking);
  }
}
