import { randomUUID } from 'node:crypto';
import type { CounterCache } from '../cache/counter-cache.js';
import type { Lead } from '../cache/processes.js';
import type { CounterEvents } from '../events.js';
import type { CounterStore } from '../database/counter-store.js';
import { LateCounts, PATIENCE } from './late-counts.js';
import { readLedgers } from './ledgers.js';
import type { LossReporter } from './loss-reporter.js';
import type { Parking } from './parking.js';
import type { PartitionSetup } from './partition-setup.js';
import type { Persister } from './persister.js';
import type { RestoredDatabase, SeenBatches } from './restored-database.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { spread } from '../words/back-off.js';
import { partitionNumbers } from '../words/partitioner.js';
import { within } from '../words/within.js';

/** Sweep intervals between two rounds where nothing waits. */
const IDLE = 3;
/** Of rounds in which nothing waits, each of this number sweeps: it removes what has expired. The others look only. */
const LOOKS = 10;
/** Sweep intervals for which a process leads at a time: longer than the longest pause between two rounds. */
const LEAD = 5;
/** Sweep intervals after which a process that is no deputy asks again. Its beats tell when nobody leads. */
const RESERVE = 120;

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
 *        ▲ another process leads: the deputy looks again when that may be over; a reserve, when its beat is told that nobody leads
 */
export class Sweeper {
  private readonly id = randomUUID();
  private timer?: NodeJS.Timeout;
  private readonly underWay = new Map<number, Promise<unknown>>();
  /** Fence and open batch of each partition at its last sweep. */
  private readonly seen = new Map<number, SeenBatches>();
  private stopped = true;
  /** The last call that asked for the lead. */
  private asking: Promise<Lead> = Promise.resolve(NOBODY);
  private state: 'resting' | 'asking' | 'leading' = 'asking';
  /** Rounds since the last sweep; at first and after another process led, as many as a sweep comes after. */
  private looks = LOOKS;
  private readonly partitions: readonly number[];
  private readonly late: LateCounts;

  constructor(
    private readonly dependencies: SweeperDependencies,
    partitions: number,
    /** Milliseconds between two sweeps. */
    private readonly interval: number,
  ) {
    this.partitions = partitionNumbers(partitions);
    this.late = new LateCounts(dependencies, interval);
  }

  /** Whether this process sweeps for all. */
  get leads(): boolean {
    return this.state === 'leading';
  }

  /** Whether another process sweeps, as far as is known. */
  get isLed(): boolean {
    return this.state === 'resting';
  }

  start(): void {
    this.stopped = false;
    // at once, so that the partitions are seeded before the first increment
    void this.round();
  }

  /** Asks for the lead now, unless this process asks or leads: its beat was told that nobody leads, or had no answer. */
  askNow(): void {
    if (this.stopped || this.state !== 'resting') return;
    clearTimeout(this.timer);
    void this.round();
  }

  /** Resolves when the sweeps under way have ended, and another may lead. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    // the answer may still give the lead to this process
    await this.asking;
    await Promise.all(this.underWay.values());
    if (this.leads) await this.giveUp();
  }

  /** Never rejects. */
  private async round(): Promise<void> {
    if (!this.leads) {
      this.state = 'asking';
      this.looks = LOOKS;
    }
    this.asking = this.lead();
    const { leftFor, isDeputy, quiet } = await this.asking;
    this.state = leftFor === 0 ? 'leading' : 'resting';
    if (this.isStopped()) return;
    if (this.leads) this.dependencies.queue.reclaim?.();
    const asksAgain = isDeputy ? leftFor : RESERVE * this.interval;
    const pause = this.leads ? await this.lookOrSweep(quiet) : asksAgain;
    if (this.isStopped()) return;
    // a deputy asks again when the lead of the other one may be over, not before
    const [from, to] = this.leads ? [-0.25, 0.25] : [0, 0.5];
    const delay = pause + spread(this.interval, from, to);
    this.timer = setTimeout(() => void this.round(), delay).unref();
  }

  // stop() may be called while this process asks for the lead
  private isStopped(): boolean {
    return this.stopped;
  }

  private lead(): Promise<Lead> {
    // without an answer each process sweeps by itself: other partitions may be on another server, which answers
    return this.dependencies.cache.lead(this.id, this.interval * LEAD).catch(() => NOBODY);
  }

  private giveUp(): Promise<unknown> {
    this.state = 'asking';
    // a Redis that does not get this lets the lead run out
    return this.dependencies.cache.lead(this.id, 0).catch(() => undefined);
  }

  /** Answers for how many milliseconds to pause. `fences` are those of all partitions where none needs a sweep. */
  private async lookOrSweep(fences: readonly number[] | undefined): Promise<number> {
    if (fences === undefined || this.looks >= LOOKS || !this.mayLook()) return this.sweepAll();
    const ledgers = await readLedgers(this.dependencies, this.partitions);
    if (ledgers === undefined) return this.failed();
    // where it could not be found out, a sweep finds it out, and tells the failure
    const isQuiet = await this.isQuiet(fences, ledgers).catch(() => false);
    if (!isQuiet) return this.sweepAll(ledgers);
    this.looks++;
    return this.interval * IDLE;
  }

  /** Whether nothing is left that only a sweep ends. */
  private mayLook(): boolean {
    const { outages } = this.dependencies.events;
    const isFailing = outages.placesOf('persist').size > 0;
    return !isFailing && !this.late.asksQueues && this.underWay.size === 0;
  }

  /** Whether cache and database agree, by fences that were read before the ledgers. */
  private async isQuiet(
    fences: readonly number[],
    ledgers: ReadonlyMap<number, number>,
  ): Promise<boolean> {
    for (const [partition, fence] of fences.entries()) {
      const ledgerSeq = ledgers.get(partition);
      if (ledgerSeq === undefined || ledgerSeq > fence) return false;
      this.seen.set(partition, { fence });
      await this.dependencies.restored.compare(partition, { fence }, ledgerSeq);
    }
    return true;
  }

  /** Sweeps all partitions. Answers for how many milliseconds to pause. */
  private async sweepAll(ledgers?: ReadonlyMap<number, number>): Promise<number> {
    this.looks = 0;
    const sweeps = this.sweepEach(ledgers);
    // a partition whose database stands still must not keep the others from being swept
    const ended = await within(this.interval * PATIENCE, sweeps);
    const results = ended ? await sweeps : ['failed' as const];
    if (results.includes('failed')) return this.failed();
    return this.interval * (results.includes('busy') ? 1 : IDLE);
  }

  private failed(): number {
    // another process may succeed where this one failed
    void this.giveUp();
    return this.interval;
  }

  private async sweepEach(known?: ReadonlyMap<number, number>): Promise<Sweep[]> {
    const { outages } = this.dependencies.events;
    const seen = new Map(this.seen);
    const ledgers = known ?? (await readLedgers(this.dependencies, this.partitions));
    if (this.stopped) return [];
    return Promise.all(
      this.partitions.map(async (partition): Promise<Sweep> => {
        if (this.underWay.has(partition)) return 'failed';
        const begun = outages.begin();
        const sweep = this.sweep(partition, ledgers?.get(partition), seen.get(partition));
        this.underWay.set(partition, Promise.allSettled([sweep]));
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
    if (health.clockWentBack === true) await this.late.hastenAll(partition);
    await this.late.catchUp(partition, health);
    if (batchSeq === undefined) await persister.endOutage(partition);
    return pending > 0 || batchSeq !== undefined;
  }
}

type Sweep = 'busy' | 'idle' | 'failed';

/** Without an answer: no other process leads, as far as is known. */
const NOBODY: Lead = { leftFor: 0, isDeputy: false };
