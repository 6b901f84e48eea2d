import { randomUUID } from 'node:crypto';
import { parseName } from '../cache/bucket-name.js';
import type { Batch, CounterCache } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { CounterStore } from './counter-store.js';
import type { LossReporter } from './loss-reporter.js';

/** Counters in one batch: one script call, one transaction. */
const BATCH_SIZE = 500;

/**
 * Takes what is due in a partition to the database:
 *
 *     claim ──► apply ──► acknowledge ──► claim …           until nothing is due
 *                 └─ superseded ──► park, or stop: a stale worker
 *
 * It may stop anywhere and be repeated anywhere, also by several workers at once: the open batch
 * stays in the cache until it is acknowledged, and the ledger knows whether it was applied.
 */
export class Persister {
  constructor(
    private readonly cache: CounterCache,
    private readonly store: CounterStore,
    private readonly events: CounterEvents,
    private readonly losses: LossReporter,
  ) {}

  /** Answers in how many milliseconds something is due next; undefined when nothing waits. */
  async persist(partition: number): Promise<number | undefined> {
    try {
      return await this.persistDue(partition);
    } catch (error) {
      this.events.emit('persistFailed', { partition, error });
      throw error;
    }
  }

  private async persistDue(partition: number): Promise<number | undefined> {
    for (;;) {
      const claim = await this.cache.claim(partition, BATCH_SIZE, randomUUID());
      if (claim.status === 'unseeded') return undefined;
      if (claim.status === 'idle') return claim.nextIn;
      if (!(await this.settle(partition, claim.batch))) return undefined;
    }
  }

  /**
   * Redis went back in time, or this worker is stale: then it answers false. Without a nonce: the
   * fence was seen below the ledger's seq, after that was read.
   */
  async park(partition: number, ledgerSeq: number, nonce?: string): Promise<boolean> {
    const parked = await this.cache.park(partition, nonce, ledgerSeq, randomUUID());
    if (parked) await this.losses.reportFound(partition);
    return parked;
  }

  /** False when this worker was overtaken and must not go on with what it knows. */
  private async settle(partition: number, batch: Batch): Promise<boolean> {
    const started = performance.now();
    const result = await this.events.watch('database', this.store.apply(partition, batch));
    const { seq, nonce } = batch;
    if (result.status === 'superseded') {
      return this.park(partition, result.ledgerSeq, nonce);
    }
    const { values, leftOut, missing } = result;
    await this.cache.acknowledge(partition, { nonce, values, leftOut });
    if (result.status === 'repeated') {
      this.events.emit('duplicateSkipped', { partition, seq });
      return true;
    }
    const milliseconds = performance.now() - started;
    this.events.emit('persisted', { partition, seq, counters: values.size, milliseconds });
    if (missing > 0) this.events.emit('databaseWentBack', { partition, seq, missing });
    if (leftOut.length > 0) {
      const counters = new Set(leftOut.map((name) => parseName(name).counter));
      this.events.emit('overflow', { partition, counters: [...counters] });
    }
    return true;
  }
}
