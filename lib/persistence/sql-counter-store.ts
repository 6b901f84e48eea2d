import type { DataSource, EntityManager } from 'typeorm';
import type { Batch, BatchEntry } from '../cache/counter-cache.js';
import { INT64_MAX, INT64_MIN } from '../cache/int64.js';
import type {
  ApplyResult,
  CounterRow,
  CounterStore,
  PersistedValues,
  RowQuery,
} from './counter-store.js';
import { findDialect } from './dialects/find-dialect.js';
import type { LedgerRow, SqlDialect } from './dialects/sql-dialect.js';
import { listRows } from './list-rows.js';

export type { DataSource };

const ATTEMPTS = 5;

export class SqlCounterStore implements CounterStore {
  private readonly dialect: SqlDialect;

  constructor(
    private readonly dataSource: DataSource,
    private readonly namespace: string,
  ) {
    this.dialect = findDialect(dataSource);
  }

  apply(partition: number, batch: Batch): Promise<ApplyResult> {
    return this.transaction(async (manager) => {
      const ledger = await this.lockLedger(manager, partition);
      if (batch.seq > ledger.seq) return this.applyTo(manager, partition, batch, ledger);
      if (batch.nonce !== ledger.nonce) return { status: 'superseded', ledgerSeq: ledger.seq };
      const { leftOut } = ledger;
      const kept = batch.entries.map(({ name }) => name).filter((name) => !leftOut.includes(name));
      const { values } = await this.dialect.readValues(manager, this.namespace, kept, []);
      return { status: 'repeated', values: withZeros(kept, values), leftOut, missing: 0 };
    });
  }

  seed(partition: number, plant: (seq: number) => Promise<boolean>): Promise<number | undefined> {
    return this.transaction(async (manager) => {
      const { seq } = await this.lockLedger(manager, partition);
      if (!(await plant(seq + 1))) return undefined;
      const row = { seq: seq + 1, nonce: 'seed', leftOut: [] };
      await this.dialect.writeLedger(manager, this.namespace, partition, row);
      return seq;
    });
  }

  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues> {
    return this.dialect.readValues(this.dataSource.manager, this.namespace, names, partitions);
  }

  list(query: RowQuery): Promise<CounterRow[]> {
    return listRows(this.dataSource.manager, this.namespace, query);
  }

  private async applyTo(
    manager: EntityManager,
    partition: number,
    batch: Batch,
    ledger: LedgerRow,
  ): Promise<ApplyResult> {
    const { dialect, namespace } = this;
    const names = batch.entries.map(({ name }) => name);
    const before = await dialect.lockRows(manager, namespace, names);
    const fits = (entry: BatchEntry): boolean => {
      const after = (before.get(entry.name) ?? 0n) + BigInt(entry.delta);
      return after >= INT64_MIN && after <= INT64_MAX;
    };
    const leftOut = batch.entries.filter((entry) => !fits(entry)).map(({ name }) => name);
    const applied = batch.entries.filter(fits);
    const deltas = applied
      .map(({ name, delta }) => ({ name, delta: BigInt(delta) }))
      .filter(({ delta }) => delta !== 0n);
    const after = await dialect.addDeltas(manager, namespace, deltas);
    const removed = applied.filter(({ remove }) => remove).map(({ name }) => name);
    await dialect.removeZeroRows(manager, namespace, removed);
    const row = { seq: batch.seq, nonce: batch.nonce, leftOut };
    await dialect.writeLedger(manager, namespace, partition, row);

    const values = new Map([...before, ...after]);
    const kept = applied.map(({ name }) => name);
    const missing = batch.seq - ledger.seq - 1;
    return { status: 'applied', values: withZeros(kept, values), leftOut, missing };
  }

  private async lockLedger(manager: EntityManager, partition: number): Promise<LedgerRow> {
    const found = await this.dialect.lockLedger(manager, this.namespace, partition);
    if (found !== undefined) return found;
    await this.dialect.ensureLedger(manager, this.namespace, partition);
    const made = await this.dialect.lockLedger(manager, this.namespace, partition);
    if (made === undefined) throw new Error(`The ledger row of partition ${partition} was removed`);
    return made;
  }

  /** Repeats what the database rolled back for the sake of another transaction. */
  private async transaction<Answer>(
    run: (manager: EntityManager) => Promise<Answer>,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.dataSource.transaction(run);
      } catch (error) {
        if (attempt === ATTEMPTS || !this.dialect.isTransient(error)) throw error;
      }
    }
  }
}

/** A counter without a row is at zero. */
function withZeros(
  names: readonly string[],
  values: ReadonlyMap<string, bigint>,
): Map<string, bigint> {
  return new Map(names.map((name) => [name, values.get(name) ?? 0n]));
}
