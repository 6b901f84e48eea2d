import type { DataSource } from 'typeorm';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { Bucket, CountWindow } from '../../words/bucket-name.js';
import type { Batch, LedgerPosition, StoreProblem } from '../../cache/counter-cache.js';
import type { Int64String } from '../../words/int64.js';
import { DatabaseUnavailableError } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';
import type {
  ApplyResult,
  CounterRow,
  CounterStore,
  OwnLedger,
  PersistedValues,
  RowQuery,
} from '../counter-store.js';
import { isChange, isExpecting, isPlain, namesOf } from './batch-entries.js';
import { BatchParts } from './batch-parts.js';
import { DatabaseCalls } from './database-calls.js';
import { findDialect } from '../dialects/find-dialect.js';
import type { LedgerRow, SqlDialect } from '../dialects/sql-dialect.js';
import { expectEntities } from '../entities/expect-entities.js';
import { toFoundRows } from '../found-rows.js';
import { isEmbedded, type Namespaces } from '../namespaces.js';
import { changedMeanwhile, lockLedger, moveLedgerTo } from './ledger-lock.js';
import { redisNotes } from './redis-notes.js';
import type { ServerNotes } from '../../words/server-notes.js';
import { splitWindowsWarning } from '../split-windows.js';
import { SqlOwnLedger } from './sql-own-ledger.js';

export type { DataSource };

type Applied = Exclude<ApplyResult, { status: 'superseded' }>;

/** A call without an answer is given up after this time by default, in milliseconds. */
const TIMEOUT = 15_000;

export class SqlCounterStore implements CounterStore {
  readonly ownLedger?: OwnLedger;
  readonly redisNotes?: ServerNotes;
  private readonly dialect: SqlDialect;
  readonly giveUp: () => void;
  private readonly database: DatabaseCalls;

  constructor(
    dataSource: DataSource,
    private readonly namespaces: Namespaces,
    timeout = TIMEOUT,
  ) {
    this.dialect = findDialect(dataSource);
    if (dataSource.isInitialized) expectEntities(dataSource);
    this.database = new DatabaseCalls(dataSource, this.dialect, timeout);
    this.giveUp = () => this.database.giveUp();
    const { database, dialect } = this;
    if (isEmbedded(namespaces)) this.ownLedger = new SqlOwnLedger(database, dialect, namespaces);
    else this.redisNotes = redisNotes(database, dialect, namespaces.counters);
  }

  async apply(partition: number, batch: Batch): Promise<ApplyResult> {
    let tooSlow: string | undefined;
    try {
      return await this.applyWhole(partition, batch);
    } catch (error) {
      if (!this.mayBeOfSomeRows(error)) throw error;
      if (this.dialect.isTooSlow(error.cause)) tooSlow = reasonOf(error.cause);
    }
    const result = await this.database.transaction((connection, renew) =>
      this.underLock(connection, partition, batch, (exact, ledger) =>
        this.applyParts(connection, partition, exact, ledger, renew),
      ),
    );
    return result.status === 'superseded' ? result : { ...result, tooSlow };
  }

  private async applyWhole(partition: number, batch: Batch): Promise<ApplyResult> {
    if (batch.entries.every(isPlain)) {
      // all there is to do is one step, mostly: then nothing is open while the client is asked for the next
      const applied = await this.database.step((connection) =>
        this.addTo(connection, partition, batch),
      );
      if (applied !== undefined) return applied;
    }
    return this.database.transaction((connection) =>
      this.underLock(connection, partition, batch, (exact) =>
        this.applyTo(connection, partition, exact),
      ),
    );
  }

  /** Whether the database may take a part of the batch. */
  private mayBeOfSomeRows(error: unknown): error is DatabaseUnavailableError {
    if (!(error instanceof DatabaseUnavailableError)) return false;
    return this.dialect.isRefusal(error.cause) || this.dialect.isTooSlow(error.cause);
  }

  /** Applies the batch if the ledger is behind it, else looks whether it was. */
  private async underLock(
    connection: SqlConnection,
    partition: number,
    batch: Batch,
    apply: (exact: Batch, ledger: LedgerRow) => Promise<Applied>,
  ): Promise<ApplyResult> {
    await this.dialect.limitStatements(connection, this.database.patience);
    const { dialect, namespaces } = this;
    const { ledger, isNew } = await lockLedger(dialect, connection, namespaces.ledger, partition);
    if (isNew && this.ownLedger !== undefined) {
      const where = { namespace: namespaces.ledger, partition };
      return moveLedgerTo(dialect, connection, where, ledger, batch.seq);
    }
    if (batch.seq > ledger.seq) {
      const found = await this.valuesOf(connection, namesOf(batch.entries.filter(isExpecting)));
      const { exact, changed } = toFoundRows(batch, found);
      const applied = await apply(exact, ledger);
      return changed.length === 0 ? applied : { ...applied, changed };
    }
    if (batch.nonce !== ledger.nonce) return { status: 'superseded', ledgerSeq: ledger.seq };
    const { leftOut, refused = [], missing = 0 } = ledger;
    const without = new Set([...leftOut, ...refused.flatMap(({ names }) => names)]);
    const names = namesOf(batch.entries).filter((name) => !without.has(name));
    const values = await this.valuesOf(connection, names);
    const known = refused.length > 0 ? { leftOut, refused } : { leftOut };
    return { status: 'repeated', values, ...known, missing };
  }

  seed(
    partition: number,
    reserve: (ledger: LedgerPosition) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    return this.database.transaction(async (connection) => {
      const { dialect, namespaces } = this;
      const { ledger } = await lockLedger(dialect, connection, namespaces.ledger, partition);
      const { seq, nonce } = ledger;
      const generation = await reserve({ seq, nonce });
      if (generation === undefined) return undefined;
      const row = { seq: seq + 1, nonce: generation, leftOut: [] };
      await dialect.writeLedger(connection, namespaces.ledger, partition, row);
      return generation;
    }, 'spare');
  }

  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues> {
    return this.database.step(
      (connection) => this.dialect.readValues(connection, this.namespaces, names, partitions),
      'spare',
    );
  }

  embedded(): Promise<string[]> {
    return this.database.step((it) => this.dialect.embeddedLedgers(it, this.namespaces.counters));
  }

  identify(): Promise<{ identity: string; place: string } | undefined> {
    return this.database.step((connection) => this.dialect.identify(connection), 'spare');
  }

  persistedAt(): Promise<Date | undefined> {
    return this.database.step((it) => this.dialect.ledgerTime(it, this.namespaces.ledger), 'spare');
  }

  expire(
    window: CountWindow,
    before: Date,
    limit: number,
    clock: Date,
  ): Promise<number | undefined> {
    const { counters } = this.namespaces;
    return this.database.transaction(async (connection) => {
      if (!(await this.dialect.tryLock(connection, `expire:${counters}`))) return undefined;
      return this.dialect.deleteBuckets(connection, counters, { window, before, clock }, limit);
    });
  }

  list(query: RowQuery): Promise<CounterRow[]> {
    return this.database.step(
      (connection) => this.dialect.listRows(connection, this.namespaces.counters, query),
      'spare',
    );
  }

  async inspect(misplaced: readonly Bucket[]): Promise<StoreProblem[]> {
    const problems = await this.database.step((connection) => this.dialect.inspect(connection));
    if (misplaced.length === 0) return problems;
    const [first] = await this.database.step((connection) =>
      this.dialect.existingStarts(connection, this.namespaces.counters, misplaced),
    );
    return first === undefined ? problems : [...problems, splitWindowsWarning(first)];
  }

  /** Undefined when the ledger is not behind the batch, or not there. */
  private async addTo(
    connection: SqlConnection,
    partition: number,
    { seq, nonce, entries }: Batch,
  ): Promise<Applied | undefined> {
    const added = await this.dialect.addBatch(
      connection,
      this.namespaces,
      partition,
      { seq, nonce, deltas: entries.filter(isChange) },
      this.database.patience,
    );
    if (added === undefined) return undefined;
    const { values, leftOut, ledgerSeq } = added;
    return { status: 'applied', values, leftOut, missing: seq - ledgerSeq - 1 };
  }

  /** Under the lock of a ledger that is behind. */
  private async applyTo(
    connection: SqlConnection,
    partition: number,
    batch: Batch,
  ): Promise<Applied> {
    const applied = await this.addTo(connection, partition, batch);
    if (applied === undefined) throw changedMeanwhile(partition, 'changed');
    const unchanged = namesOf(batch.entries.filter((entry) => !isChange(entry)));
    const values = new Map([...applied.values, ...(await this.valuesOf(connection, unchanged))]);
    const removed = batch.entries.filter(({ name, remove }) => remove && values.has(name));
    await this.dialect.removeZeroRows(connection, this.namespaces.counters, namesOf(removed));
    return { ...applied, values };
  }

  /** Under the lock of a ledger that is behind: what the database refuses for good is left out. */
  private async applyParts(
    connection: SqlConnection,
    partition: number,
    { seq, nonce, entries }: Batch,
    ledger: LedgerRow,
    renew: () => void,
  ): Promise<Applied> {
    const parts = new BatchParts(connection, this.dialect, this.namespaces.counters, renew);
    const { values: added, leftOut, refused } = await parts.add(entries.filter(isChange));
    const unchanged = namesOf(entries.filter((entry) => !isChange(entry)));
    const values = new Map([...added, ...(await this.valuesOf(connection, unchanged))]);
    const removed = entries.filter(({ name, remove }) => remove && values.has(name));
    const unremoved = await parts.remove(namesOf(removed));
    const missing = seq - ledger.seq - 1;
    const row = { seq, nonce, leftOut, refused, missing };
    await this.dialect.writeLedger(connection, this.namespaces.ledger, partition, row);
    return { status: 'applied', values, leftOut, refused, unremoved, missing };
  }

  /** A counter without a row is at zero. */
  private async valuesOf(
    connection: SqlConnection,
    names: readonly string[],
  ): Promise<Map<string, Int64String>> {
    if (names.length === 0) return new Map();
    const { values } = await this.dialect.readValues(connection, this.namespaces, names, []);
    return new Map(names.map((name) => [name, values.get(name) ?? '0']));
  }
}
