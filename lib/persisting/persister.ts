import { randomUUID } from 'node:crypto';
import { parseName } from '../words/bucket-name.js';
import { DEFAULT_TIMINGS } from '../cache/cache-timings.js';
import type { Batch, CounterCache, HeldBatch, Wake } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { CounterStore } from '../database/counter-store.js';
import type { Parking } from './parking.js';
import type { RestoredDatabase } from './restored-database.js';

/** Counters in one batch: one script call, one transaction. */
const BATCH_SIZE = 500;
/** For how long a batch is held each time, in milliseconds. */
const LEASE = DEFAULT_TIMINGS.lease;

/**
 * Takes what is due in a partition to the database:
 *
 *     claim ──► apply ──► acknowledge ──► claim …           until nothing is due, or another has the batch
 *                 ├─ stopped ──► hand the rest on
 *                 ├─ superseded ──► park, or stop: a stale worker
 *                 └─ failed ──► give the batch up
 *
 * It may stop anywhere and be repeated anywhere, also by several workers at once: the open batch
 * stays in the cache until it is acknowledged, and the ledger knows whether it was applied. While this
 * worker lives it holds its batch, so that others do not do the same work: that only saves work.
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

  /** Begins no other batch: what is due is for another worker. */
  stop(): void {
    this.stopped = true;
  }

  /** By a job or by none; answers the job that is to be made for what is due next. */
  async persist(partition: number, job?: string): Promise<Wake | undefined> {
    const begun = this.events.outages.begin();
    try {
      return await this.persistDue(partition, job);
    } catch (error) {
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
        await this.nothingLeft(partition);
        return claim.wake;
      }
      // who holds it goes on with what is due, or the sweeper does
      if (claim.status !== 'batch') return undefined;
      if (!(await this.settle(partition, claim.batch, holder))) return undefined;
      // a job that nobody asked for: it does no harm, and has another worker look at once
      if (this.stopped) return { id: randomUUID(), delay: 0 };
    }
  }

  /**
   * What failed here another worker has done since: the outage is over, unless it is of the database and that is
   * away from this process yet. Never rejects.
   */
  async nothingLeft(partition: number): Promise<void> {
    const { outages } = this.events;
    if (!outages.isAt('persist', partition)) return;
    await outages
      .watch('persist', partition, this.store.read([], [partition]))
      .catch(() => undefined);
  }

  /** False when this worker was overtaken and must not go on with what it knows. */
  private async settle(partition: number, batch: Batch, holder: string): Promise<boolean> {
    const started = performance.now();
    const { seq, nonce } = batch;
    const applied = this.store.apply(partition, batch);
    const result = await this.holding(partition, { nonce, holder }, applied);
    if (result.status === 'superseded') {
      // Redis went back in time, or this worker is stale
      return this.parking.park(partition, result.ledgerSeq, nonce);
    }
    const { values, leftOut, refused = [], changed = [], missing } = result;
    // the worker that applied a repeated batch may have died before it told of the gap
    if (missing > 0 || result.status === 'repeated') {
      await this.restored.wentBackBefore(partition, seq, missing);
    }
    await this.cache.acknowledge(partition, { nonce, values, leftOut, refused });
    this.events.outages.succeeded('persist', partition);
    // also by who finds it done: the one who did it may be gone
    for (const { error, names } of [...refused, ...(result.unremoved ?? [])]) {
      this.events.emit('refused', { partition, counters: countersOf(names), error });
    }
    if (result.tooSlow !== undefined) {
      this.events.emit('slowBatch', { partition, counters: values.size, error: result.tooSlow });
    }
    if (result.status === 'repeated') {
      this.events.emit('duplicateSkipped', { partition, seq });
      return true;
    }
    const milliseconds = performance.now() - started;
    this.events.emit('persisted', { partition, seq, counters: values.size, milliseconds });
    if (changed.length > 0) {
      this.events.emit('rowsChanged', { partition, counters: countersOf(changed) });
    }
    if (leftOut.length > 0) {
      this.events.emit('overflow', { partition, counters: countersOf(leftOut) });
    }
    return true;
  }

  /** Keeps the batch from others until this has ended; one that failed is for whoever comes first. */
  private async holding<Answer>(
    partition: number,
    held: HeldBatch,
    under: Promise<Answer>,
  ): Promise<Answer> {
    // one that cannot be held may be done twice, and is counted once
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
