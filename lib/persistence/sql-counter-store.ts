import type { DataSource, EntityManager } from 'typeorm';
import type { CountWindow } from '../cache/bucket-name.js';
import type { Batch, BatchEntry, LedgerPosition } from '../cache/counter-cache.js';
import { INT64_MAX, INT64_MIN } from '../cache/int64.js';
import { DatabaseUnavailableError, FastCounterError, InvalidOptionsError } from '../errors.js';
import type {
  ApplyResult,
  CounterRow,
  CounterStore,
  PersistedValues,
  RowQuery,
} from './counter-store.js';
import { DatabaseCalls } from './database-calls.js';
import { findDialect } from './dialects/find-dialect.js';
import type { LedgerRow, Namespaces, SqlDialect } from './dialects/sql-dialect.js';
import { fastCounterEntities } from './entities.js';
import { listRows } from './list-rows.js';

export type { DataSource };

/** How often a transaction is repeated that the database rolled back. */
const REPEATS = 4;

/** After so many milliseconds without an answer a call is given up, unless told otherwise. */
const TIMEOUT = 15_000;

export class SqlCounterStore implements CounterStore {
  private readonly dialect: SqlDialect;
  private readonly database: DatabaseCalls;

  constructor(
    dataSource: DataSource,
    private readonly namespaces: Namespaces,
    timeout = TIMEOUT,
  ) {
    this.dialect = findDialect(dataSource);
    // its options hold the password: who prints a store does not see them
    Object.defineProperty(this, 'dataSource', { enumerable: false });
    for (const entity of fastCounterEntities) {
      if (dataSource.hasMetadata(entity)) continue;
      throw new InvalidOptionsError(
        `The TypeORM data source does not know the entity ${entity.name}: set autoLoadEntities, or add fastCounterEntities to its entities`,
      );
    }
    this.dialect.prepare(dataSource);
    this.database = new DatabaseCalls(dataSource, this.dialect, timeout);
  }

  apply(partition: number, batch: Batch): Promise<ApplyResult> {
    return this.transaction(async (manager) => {
      const ledger = await this.lockLedger(manager, partition);
      if (batch.seq > ledger.seq) return this.applyTo(manager, partition, batch, ledger);
      if (batch.nonce !== ledger.nonce) return { status: 'superseded', ledgerSeq: ledger.seq };
      const { leftOut } = ledger;
      const kept = batch.entries.map(({ name }) => name).filter((name) => !leftOut.includes(name));
      const { values } = await this.dialect.readValues(manager, this.namespaces, kept, []);
      return { status: 'repeated', values: withZeros(kept, values), leftOut, missing: 0 };
    });
  }

  seed(
    partition: number,
    reserve: (ledger: LedgerPosition) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    return this.transaction(async (manager) => {
      const { seq, nonce } = await this.lockLedger(manager, partition);
      const generation = await reserve({ seq, nonce });
      if (generation === undefined) return undefined;
      const row = { seq: seq + 1, nonce: generation, leftOut: [] };
      await this.dialect.writeLedger(manager, this.namespaces.ledger, partition, row);
      return generation;
    });
  }

  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues> {
    return answered(
      this.database.read((manager) =>
        this.dialect.readValues(manager, this.namespaces, names, partitions),
      ),
    );
  }

  expire(window: CountWindow, before: Date, limit: number): Promise<number | undefined> {
    const { counters } = this.namespaces;
    return this.transaction(async (manager) => {
      if (!(await this.dialect.tryLock(manager, `expire:${counters}`))) return undefined;
      return this.dialect.deleteBuckets(manager, counters, window, before, limit);
    });
  }

  list(query: RowQuery): Promise<CounterRow[]> {
    return answered(
      this.database.read((manager) => listRows(manager, this.namespaces.counters, query)),
    );
  }

  private async applyTo(
    manager: EntityManager,
    partition: number,
    batch: Batch,
    ledger: LedgerRow,
  ): Promise<ApplyResult> {
    const { dialect } = this;
    const { counters: namespace } = this.namespaces;
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
    await dialect.writeLedger(manager, this.namespaces.ledger, partition, row);

    const values = new Map([...before, ...after]);
    const kept = applied.map(({ name }) => name);
    const missing = batch.seq - ledger.seq - 1;
    return { status: 'applied', values: withZeros(kept, values), leftOut, missing };
  }

  private async lockLedger(manager: EntityManager, partition: number): Promise<LedgerRow> {
    const found = await this.dialect.lockLedger(manager, this.namespaces.ledger, partition);
    if (found !== undefined) return found;
    await this.dialect.ensureLedger(manager, this.namespaces.ledger, partition);
    const made = await this.dialect.lockLedger(manager, this.namespaces.ledger, partition);
    if (made === undefined) throw new Error(`The ledger row of partition ${partition} was removed`);
    return made;
  }

  /** Repeats what the database rolled back for the sake of another transaction. */
  private transaction<Answer>(run: (manager: EntityManager) => Promise<Answer>): Promise<Answer> {
    const attempt = async (left: number): Promise<Answer> => {
      try {
        return await this.database.transaction(run);
      } catch (error) {
        if (left === 0 || !this.dialect.isTransient(error)) throw error;
        return attempt(left - 1);
      }
    };
    return answered(attempt(REPEATS));
  }
}

/** Tells errors of the database from ours, which pass. */
async function answered<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof FastCounterError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatabaseUnavailableError(`The database failed: ${reason}`, { cause: error });
  }
}

/** A counter without a row is at zero. */
function withZeros(
  names: readonly string[],
  values: ReadonlyMap<string, bigint>,
): Map<string, bigint> {
  return new Map(names.map((name) => [name, values.get(name) ?? 0n]));
}
