import { randomUUID } from 'node:crypto';
import { parseName } from '../words/bucket-name.js';
import { DEFAULT_TIMINGS } from '../cache/cache-timings.js';
import type { Batch, CounterCache, HeldBatch, Wake } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import { isMistake } from '../incidents/is-mistake.js';
import type { CounterStore } from '../database/counter-store.js';
import type { Parking } from './parking.js';
import type { RestoredDatabase } from './restored-database.js';

/** Counters in one batch: one script call, one transaction. */
const BATCH_SIZE = 500;
/** Milliseconds after which a mistake of the program is over where nothing is left to persist. */
const PAST = 30_000;
/** Milliseconds for which a batch is held each time. */
const LEASE = DEFAULT_TIMINGS.lease;

/**
 * Persists what is due in a partition:
 *
 *     claim ──► apply ──► acknowledge ──► claim …           until nothing is due, or another worker has the batch
 *                 ├─ stopped ──► hand the rest on
 *                 ├─ superseded ──► park, or stop: a stale worker
 *                 └─ failed ──► give the batch up
 *
 * A worker may die after any step, and several workers may do the same step at once: the open batch stays in the cache until
 * it is acknowledged, and the ledger knows whether it was applied. While a worker runs it holds its batch: that only saves
 * other workers the same work.
 */
export class Persister {
  constructor(
    private readonly cache: CounterCache,
    private readonly store: CounterStore,
    private readonly events: CounterEvents,
    private readonly parking: Parking,
    private readonly restored: RestoredDatabase,
  ) {}

  private stopped = false;
  /** When the program failed last to persist a partition, by `performance.now()`. */
  private readonly mistakenAt = new Map<number, number>();

  /** Begins no further batch: another worker persists what is due. */
  stop(): void {
    this.stopped = true;
  }

  /** Persists what is due. `job` is the id of the job by which it runs, if any. Answers the job to send for what is due next. */
  async persist(partition: number, job?: string): Promise<Wake | undefined> {
    const begun = this.events.outages.begin();
    try {
      return await this.persistDue(partition, job);
    } catch (error) {
      if (isMistake(error)) this.mistakenAt.set(partition, performance.now());
      this.events.emit('persistFailed', { partition, error });
      this.events.outages.failed('persist', partition, error, begun);
      throw error;
    }
  }

  private async persistDue(partition: number, job?: string): Promise<Wake | undefined> {
    const holder = randomUUID();
    for (let wake = job; ; wake = undefined) {
      const request = { limit: BATCH_SIZE, nonce: randomUUID(), holder, wake };
      const claim = await this.cache.claim(partition, request);
      if (claim.status === 'idle') {
        await this.endOutage(partition);
        return claim.wake;
      }
      // the worker that holds the batch goes on with what is due, or else the sweeper does
      if (claim.status !== 'batch') return undefined;
      if (!(await this.applyBatch(partition, claim.batch, holder))) return undefined;
      // a job that the partition did not ask for does no harm: another worker looks at once
      if (this.stopped) return { id: randomUUID(), delay: 0 };
    }
  }

  /**
   * Ends an outage of persisting here when nothing is left to persist, as another worker did it: but only if this process
   * reaches the database. A mistake of this program fails the next batch too, so it must be some time ago. Never rejects.
   */
  async endOutage(partition: number): Promise<void> {
    const { outages } = this.events;
    const mistakenAt = this.mistakenAt.get(partition) ?? -Infinity;
    if (!outages.isAt('persist', partition) || performance.now() - mistakenAt < PAST) return;
    await outages
      .watch('persist', partition, this.store.read([], [partition]))
      .catch(() => undefined);
  }

  /** Tries again where persisting failed here: it is over where another process has persisted since. */
  async retry(partition: number): Promise<void> {
    const { fence, batchSeq } = await this.cache.look(partition, []);
    if (fence === undefined || batchSeq !== undefined) return;
    // Redis may answer, and take no writes
    await this.cache.sweep(partition);
    await this.endOutage(partition);
  }

  /** Applies and acknowledges a batch. Answers false when another worker was faster: then this one must not go on. */
  private async applyBatch(partition: number, batch: Batch, holder: string): Promise<boolean> {
    const started = performance.now();
    const { seq, nonce } = batch;
    const applied = this.store.apply(partition, batch);
    const result = await this.whileHolding(partition, { nonce, holder }, applied);
    if (result.status === 'superseded') {
      // Redis went back in time, or this worker is late
      return this.parking.park(partition, result.ledgerSeq, nonce);
    }
    const { values, leftOut, refused = [], changed = [], missing } = result;
    // the worker that applied a repeated batch may have died before it told of the gap
    if (missing > 0 || result.status === 'repeated') {
      await this.restored.reportMissing(partition, seq, missing);
    }
    await this.cache.acknowledge(partition, { nonce, values, leftOut, refused });
    this.events.outages.succeeded('persist', partition);
    // also told for a repeated batch: the worker that applied it may have died before
    if (leftOut.length > 0) {
      this.events.emit('overflow', { partition, counters: countersOf(leftOut) });
    }
    for (const { error, names } of refused) {
      this.events.emit('refused', { partition, counters: countersOf(names), error });
    }
    for (const { error, names } of result.unremoved ?? []) {
      this.events.emit('removalRefused', { partition, counters: countersOf(names), error });
    }
    if (result.tooSlow !== undefined) {
      this.events.emit('slowBatch', { partition, counters: values.size, error: result.tooSlow });
    }
    if (result.status === 'repeated') {
      this.events.emit('duplicateSkipped', { partition, seq, counters: values.size });
      return true;
    }
    const milliseconds = performance.now() - started;
    this.events.emit('persisted', { partition, seq, counters: values.size, milliseconds });
    if (changed.length > 0) {
      this.events.emit('rowsChanged', { partition, counters: countersOf(changed) });
    }
    for (const { error, ...missed } of result.missed ?? []) {
      if (error === undefined) this.events.emit('columnMissed', { partition, ...missed });
      else this.events.emit('columnRefused', { partition, ...missed, error });
    }
    return true;
  }

  /** Holds the batch until the work has ended; where that fails, gives the batch up for any worker. */
  private async whileHolding<Answer>(
    partition: number,
    held: HeldBatch,
    under: Promise<Answer>,
  ): Promise<Answer> {
    // a batch that is not held may be applied by two workers, and counts once
    const hold = (milliseconds: number): Promise<void> =>
      this.cache.hold(partition, held, milliseconds).catch(() => undefined);
    const timer = setInterval(() => void hold(LEASE), LEASE / 4);
    try {
      return await under;
    } catch (error) {
      void hold(0);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }
}

const countersOf = (names: readonly string[]): string[] => [
  ...new Set(names.map((name) => parseName(name).counter)),
];
