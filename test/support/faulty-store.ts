import type { LedgerPosition } from '../../lib/cache/counter-cache.js';
import type { PersistedValues } from '../../lib/database/counter-store.js';
import { MemoryCounterStore } from '../../lib/database/memory/memory-counter-store.js';
import { MemoryTables } from '../../lib/database/memory/memory-tables.js';

const NAMESPACES = { counters: 'test', ledger: 'test' };

/** The store of counts in this process, which can be made to fail or to wait. */
export class FaultyStore extends MemoryCounterStore {
  beforeRead: (names: readonly string[]) => Promise<unknown> = () => Promise.resolve();
  beforeSeed: () => Promise<unknown> = () => Promise.resolve();
  reads = 0;

  constructor() {
    super(new MemoryTables(), NAMESPACES);
  }

  override async read(
    names: readonly string[],
    partitions: readonly number[],
  ): Promise<PersistedValues> {
    this.reads++;
    await this.beforeRead(names);
    return super.read(names, partitions);
  }

  override async seed(
    partition: number,
    reserve: (ledger: LedgerPosition) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    await this.beforeSeed();
    return super.seed(partition, reserve);
  }

  /** The counter was persisted with this value. */
  put(name: string, value: bigint): void {
    const at = Date.now();
    this.tables.rowsOf(NAMESPACES.counters).set(name, { value, createdAt: at, updatedAt: at });
  }

  /** The last batch that was applied to the partition had this seq. */
  putLedger(partition: number, seq: number): void {
    this.tables.writeLedger(NAMESPACES, partition, { seq, nonce: '', leftOut: [] });
  }

  ledgerSeq(partition: number): number | undefined {
    return this.tables.ledgersOf(NAMESPACES.ledger).get(partition)?.seq;
  }
}
