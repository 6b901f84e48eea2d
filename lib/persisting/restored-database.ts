import type { CounterCache, Look } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';

/** What the cache knew of a partition's batches at one moment. */
export type SeenBatches = Pick<Look, 'fence' | 'batchSeq'>;

/**
 * Finds a database that has less than it was given: it was restored, or its tables were made anew. What is cached of its
 * values is of another time then, and is dropped before more is read or computed from it. Told once.
 */
export class RestoredDatabase {
  constructor(
    private readonly cache: Pick<CounterCache, 'forget'>,
    private readonly events: CounterEvents,
  ) {}

  /** The cache was seen before the ledger was read. The database was given every batch before the open one then. */
  async compare(
    partition: number,
    { fence, batchSeq }: SeenBatches,
    ledgerSeq: number,
  ): Promise<void> {
    if (fence === undefined) return;
    const applied = (batchSeq ?? fence + 1) - 1;
    if (ledgerSeq >= applied) return;
    await this.wentBack(partition, applied, ledgerSeq);
  }

  /** A batch was applied behind so many that are missing. */
  wentBackBefore(partition: number, seq: number, missing: number): Promise<void> {
    return this.wentBack(partition, seq - 1, seq - 1 - missing);
  }

  private async wentBack(partition: number, applied: number, ledgerSeq: number): Promise<void> {
    if (!(await this.cache.forget(partition, applied, ledgerSeq))) return;
    const missing = applied - ledgerSeq;
    this.events.emit('databaseWentBack', { partition, seq: applied, missing });
  }
}
