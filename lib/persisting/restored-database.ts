import type { CounterCache, Look } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';

/** What the cache knew of a partition's batches at one moment. */
export type SeenBatches = Pick<Look, 'fence' | 'batchSeq'>;

/**
 * Finds a database that lacks batches which it had committed: it was restored, or its tables were made anew. The cached
 * persisted values are too new then, and are dropped before anything is read or computed by them. Told once, by `databaseWentBack`.
 */
export class RestoredDatabase {
  constructor(
    private readonly cache: Pick<CounterCache, 'forget'>,
    private readonly events: CounterEvents,
  ) {}

  /**
   * Compares what was seen of a partition with its ledger, which was read afterwards. Every batch before the open one was
   * committed when the partition was seen.
   */
  async compare(
    partition: number,
    { fence, batchSeq }: SeenBatches,
    ledgerSeq: number,
  ): Promise<void> {
    if (fence === undefined) return;
    const applied = (batchSeq ?? fence + 1) - 1;
    if (ledgerSeq >= applied) return;
    await this.report(partition, applied, ledgerSeq);
  }

  /** Of a batch that was applied: `missing` batches before it are missing in the ledger. */
  reportMissing(partition: number, seq: number, missing: number): Promise<void> {
    return this.report(partition, seq - 1, seq - 1 - missing);
  }

  private async report(partition: number, applied: number, ledgerSeq: number): Promise<void> {
    if (!(await this.cache.forget(partition, applied, ledgerSeq))) return;
    const missing = applied - ledgerSeq;
    this.events.emit('databaseWentBack', { partition, seq: applied, missing });
  }
}
