import { randomUUID } from 'node:crypto';
import type { CounterCache, PartitionHealth } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { CounterStore } from '../database/counter-store.js';
import type { LossReporter } from './loss-reporter.js';
import type { Parking } from './parking.js';
import type { PartitionSetup } from './partition-setup.js';
import type { Persister } from './persister.js';
import type { RestoredDatabase, SeenBatches } from './restored-database.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { spread } from '../words/back-off.js';
import { partitionNumbers } from '../words/partitioner.js';
import { within } from '../words/within.js';

/** The sweeper persists by itself what is late by more than this number of sweep intervals. */
const PATIENCE = 5;
/** Sweep intervals between two sweeps where nothing waits. */
const IDLE = 3;
/** Sweep intervals for which a process leads at a time: longer than the longest pause between two sweeps. */
const LEAD = 5;

interface SweeperDependencies {
  cache: CounterCache;
  store: CounterStore;
  queue: PersistQueue;
  setup: PartitionSetup;
  persister: Persister;
  losses: LossReporter;
  parking: Parking;
  restored: RestoredDatabase;
  events: CounterEvents;
}

/**
 * Makes up for jobs that are lost: looks at every partition once an interval, sends a job where counts are overdue, and persists
 * them by itself when no worker does, as with a queue that stays idle after a reconnect. It also finds a Redis that
 * lost its memory or went back in time, in partitions where nothing is pending.
 *
 * One process of a namespace leads, and sweeps for all:
 *
 *     waiting ──nobody leads──► leading ──sweeps──► leading, until it stops, dies, or a sweep fails
 *        ▲ another process leads: looks again when that may be over
 */
export class Sweeper {
  private readonly id = randomUUID();
  private timer?: NodeJS.Timeout;
  private readonly underWay = new Map<number, Promise<void>>();
  /** Partitions whose queue is paused, and for which `queuePaused` told so. */
  private readonly paused = new Set<number>();
  /** Fence and open batch of each partition at its last sweep. */
  private readonly seen = new Map<number, SeenBatches>();
  private stopped = true;
  /** The last call that asked for the lead. */
  private asking: Promise<number> = Promise.resolve(0);
  private leads = false;
  private readonly partitions: readonly number[];

  constructor(
    private readonly dependencies: SweeperDependencies,
    partitions: number,
    /** Milliseconds between two sweeps. */
    private readonly interval: number,
  ) {
    this.partitions = partitionNumbers(partitions);
  }

  start(): void {
    this.stopped = false;
    // at once, so that the partitions are seeded before the first increment
    void this.round();
  }

  /** Resolves when the sweeps under way have ended, and another may lead. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    // the answer may still give the lead to this process
    await this.asking;
    await Promise.all(this.underWay.values());
    if (!this.leads) return;
    await this.giveUp();
  }

  /** Never rejects. */
  private async round(): Promise<void> {
    this.asking = this.lead();
    const leftFor = await this.asking;
    this.leads = leftFor === 0;
    if (this.isStopped()) return;
    const pause = this.leads ? await this.sweepAll() : leftFor;
    if (!this.leads) void this.endOutages();
    if (this.isStopped()) return;
    // a process that waits for the lead asks again when the lead of the other one may be over, not before
    const [from, to] = this.leads ? [-0.25, 0.25] : [0, 0.5];
    const delay = pause + spread(this.interval, from, to);
    this.timer = setTimeout(() => void this.round(), delay).unref();
  }

  // stop() may be called while this process asks for the lead
  private isStopped(): boolean {
    return this.stopped;
  }

  /** Asks for the lead. Answers for how many milliseconds another process leads; 0 when this one does. */
  private lead(): Promise<number> {
    // without an answer each process sweeps by itself: other partitions may be on another server, which answers
    return this.dependencies.cache.lead(this.id, this.interval * LEAD).catch(() => 0);
  }

  private giveUp(): Promise<unknown> {
    this.leads = false;
    // a Redis that does not get this lets the lead run out
    return this.dependencies.cache.lead(this.id, 0).catch(() => undefined);
  }

  /** Ends outages of persisting in this process where another process has persisted since. Never rejects. */
  private async endOutages(): Promise<void> {
    const { cache, events, persister } = this.dependencies;
    for (const place of events.outages.placesOf('persist')) {
      const partition = Number(place);
      const health = await cache.sweep(partition).catch(() => undefined);
      if (health?.fence !== undefined && health.batchSeq === undefined)
        await persister.endOutage(partition);
    }
  }

  /** Sweeps all partitions. Answers for how many milliseconds to pause. */
  private async sweepAll(): Promise<number> {
    const sweeps = this.sweepEach();
    // a partition whose database stands still must not keep the others from being swept
    const ended = await within(this.interval * PATIENCE, sweeps);
    const results = ended ? await sweeps : ['failed' as const];
    if (!results.includes('failed')) return this.interval * (results.includes('busy') ? 1 : IDLE);
    // another process may succeed where this one failed
    void this.giveUp();
    return this.interval;
  }

  private async sweepEach(): Promise<Sweep[]> {
    const { outages } = this.dependencies.events;
    const seen = new Map(this.seen);
    const ledgers = await this.ledgers();
    if (this.stopped) return [];
    return Promise.all(
      this.partitions.map(async (partition): Promise<Sweep> => {
        if (this.underWay.has(partition)) return 'failed';
        const begun = outages.begin();
        const sweep = this.sweep(partition, ledgers?.get(partition), seen.get(partition));
        this.underWay.set(
          partition,
          sweep.then(
            () => undefined,
            () => undefined,
          ),
        );
        try {
          const isBusy = await sweep;
          if (ledgers === undefined) return 'failed';
          return isBusy ? 'busy' : 'idle';
        } catch (error) {
          // the next sweep tries again
          outages.failed('persist', partition, error, begun);
          return 'failed';
        } finally {
          this.underWay.delete(partition);
        }
      }),
    );
  }

  /** Sweeps one partition. Answers whether anything waits there. `before` was seen before the ledger was read. */
  private async sweep(
    partition: number,
    ledgerSeq: number | undefined,
    before: SeenBatches | undefined,
  ): Promise<boolean> {
    const { cache, losses, parking, persister, restored, setup } = this.dependencies;
    const health = await cache.sweep(partition);
    const { fence, unreported, pending, batchSeq } = health;
    this.seen.set(partition, { fence, batchSeq });
    if (fence === undefined) {
      await setup.setUp(partition);
      return true;
    }
    await losses.report(partition, unreported);
    // the ledger was read before the fence, so a lower fence went back in time
    if (ledgerSeq !== undefined && fence < ledgerSeq) await parking.park(partition, ledgerSeq);
    if (ledgerSeq !== undefined && before) await restored.compare(partition, before, ledgerSeq);
    if (health.clockWentBack === true) await this.hastenAll(partition);
    await this.catchUp(partition, health);
    if (batchSeq === undefined) await persister.endOutage(partition);
    return pending > 0 || batchSeq !== undefined;
  }

  private async hastenAll(partition: number): Promise<void> {
    const { cache } = this.dependencies;
    let hastened = await cache.hasten(partition);
    while (hastened.more) hastened = await cache.hasten(partition, undefined, hastened.mark);
    // the job that the partition asked for may only come when the clock has caught up
    this.dependencies.queue.trigger(partition, await cache.wake(partition));
  }

  private async catchUp(
    partition: number,
    { overdueBy = 0, batchAge = 0, batchHeldFor = 0 }: PartitionHealth,
  ): Promise<void> {
    const { cache, persister, queue } = this.dependencies;
    const late = Math.max(overdueBy, batchAge);
    // a worker that runs holds the batch, and then goes on with what is due
    if (late <= this.interval || batchHeldFor > 0) {
      // nothing is late in a queue that was resumed, so nothing else finds out that it was
      if (this.paused.has(partition)) await this.hasJobs(partition);
      return;
    }
    const hasJobs = await this.hasJobs(partition);
    if (late > this.interval * PATIENCE) {
      const wake = await persister.persist(partition);
      if (wake !== undefined) queue.trigger(partition, wake);
    } else if (!hasJobs) queue.trigger(partition, await cache.wake(partition));
  }

  /** Whether another job would be of no use: jobs wait, or the queue does not answer. */
  private async hasJobs(partition: number): Promise<boolean> {
    const { queue, events } = this.dependencies;
    const asked = queue.jobs(partition).catch(() => undefined);
    const jobs = (await within(this.interval, asked)) ? await asked : undefined;
    if (jobs === undefined) return true;
    if (jobs.paused === 0) this.paused.delete(partition);
    else if (!this.paused.has(partition)) {
      this.paused.add(partition);
      events.emit('queuePaused', { partition, jobs: jobs.paused });
    }
    return jobs.waiting + jobs.paused > 0;
  }

  private async ledgers(): Promise<ReadonlyMap<number, number> | undefined> {
    const { outages } = this.dependencies.events;
    const begun = outages.begin();
    try {
      return (await this.dependencies.store.read([], this.partitions)).ledgers;
    } catch (error) {
      for (const each of this.partitions) outages.failed('persist', each, error, begun);
      return undefined;
    }
  }
}

type Sweep = 'busy' | 'idle' | 'failed';
