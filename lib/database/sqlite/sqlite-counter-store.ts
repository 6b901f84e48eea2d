import type { DataSource } from 'typeorm';
import type { Batch, LedgerPosition, StoreProblem } from '../../cache/counter-cache.js';
import type { Bucket, BucketWindow } from '../../words/bucket-name.js';
import type {
  ApplyResult,
  BucketQuery,
  CounterRow,
  CounterStore,
  NamesQuery,
  NamesStep,
  OwnLedger,
  PartsPage,
  PartsQuery,
  PersistedValues,
  RowQuery,
  TopQuery,
  TopRow,
} from '../counter-store.js';
import { SqliteChangeLog } from '../changes/sqlite-change-log.js';
import { setUpFrom } from '../changes/change-log.js';
import type { OwnColumn } from '../columns/own-column.js';
import { SqliteColumns } from '../columns/sqlite-columns.js';
import { expectEntities } from '../entities/expect-entities.js';
import { isEmbedded, type Namespaces } from '../namespaces.js';
import type { BesideBatches } from '../persisted/beside-batches.js';
import { ended } from '../persisted/persisted-call.js';
import { SqlitePersisted } from '../persisted/sqlite-persisted.js';
import { NEW_LEDGER, SqliteBatchApplier } from './batch-applier.js';
import { SqliteCalls } from './calls.js';
import { OnlyProcess } from './locks/only-process.js';
import { changedMeanwhile, locked } from './locks/partition-locks.js';
import { sqliteNotes } from './sqlite-notes.js';
import { SqliteCorrections } from '../corrections/sqlite-corrections.js';
import { SqliteImports } from '../imports/sqlite-imports.js';
import { SqliteClosedRows } from '../closing/sqlite-closed-rows.js';
import { SqliteClosings } from '../closing/sqlite-closings.js';
import { SqliteOutbox } from '../outbox/sqlite-outbox.js';
import { SqliteOwnLedger } from './sqlite-own-ledger.js';
import { bucketNames, deleteBuckets, splitWindows, topRows } from './statements/buckets.js';
import { aggregate, listRows, nameStep } from './statements/counters.js';
import { identify, placeOf } from './statements/identity.js';
import { inspect } from './statements/inspection.js';
import { ledgerTime, readLedger, writeLedger } from './statements/ledger.js';
import { embeddedLedgers } from './statements/own-ledger.js';
import { readParts, readValues } from './statements/values.js';

/** By a driver that is synchronous. Other processes may write to the same file, but where `seed()` waits for Redis. */
export class SqliteCounterStore implements CounterStore {
  readonly ownLedger?: OwnLedger;
  readonly redisNotes?: NonNullable<CounterStore['redisNotes']>;
  readonly outbox: SqliteOutbox;
  readonly corrections: SqliteCorrections;
  readonly imports: SqliteImports;
  readonly changeLog?: SqliteChangeLog;
  readonly closings: SqliteClosings;
  readonly writesAlone = true;
  readonly giveUp: () => void;
  readonly #dataSource: DataSource;
  private readonly calls: SqliteCalls;
  private readonly closedRows: SqliteClosedRows;
  private readonly applier: SqliteBatchApplier;
  private readonly only: OnlyProcess;
  private readonly columns: SqliteColumns;
  private readonly persisted: SqlitePersisted | undefined;

  constructor(
    dataSource: DataSource,
    private readonly namespaces: Namespaces,
    timeout = 15_000,
    columns: readonly OwnColumn[] = [],
    { onPersisted, keepChanges = 0 }: BesideBatches = {},
  ) {
    if (dataSource.isInitialized) expectEntities(dataSource);
    this.#dataSource = dataSource;
    this.calls = new SqliteCalls(dataSource, timeout);
    this.columns = new SqliteColumns(dataSource, columns);
    if (onPersisted) this.persisted = new SqlitePersisted(dataSource, onPersisted, timeout / 3);
    if (keepChanges > 0) this.changeLog = new SqliteChangeLog(this.calls, namespaces, keepChanges);
    this.only = new OnlyProcess(dataSource);
    this.giveUp = () => {
      this.calls.giveUp();
      this.only.release();
    };
    if (isEmbedded(namespaces)) this.ownLedger = new SqliteOwnLedger(this.calls, namespaces);
    else this.redisNotes = sqliteNotes(this.calls, namespaces.counters);
    this.outbox = new SqliteOutbox(dataSource, this.calls, namespaces.counters);
    this.closedRows = new SqliteClosedRows(namespaces.counters);
    const { calls, closedRows: rows, columns: own, changeLog: changes } = this;
    this.applier = new SqliteBatchApplier(namespaces, { columns: own, changes, closedRows: rows });
    this.closings = new SqliteClosings(calls, namespaces.counters, rows);
    this.corrections = new SqliteCorrections(calls, namespaces.counters, rows);
    this.imports = new SqliteImports(this.calls, namespaces.counters);
  }

  apply(partition: number, batch: Batch): Promise<ApplyResult> {
    const { persisted } = this;
    return this.alone(partition, () => {
      if (persisted === undefined) {
        return this.calls.write((session) => this.applier.apply(session, partition, batch));
      }
      let added = batch;
      return this.calls.writeAnd(
        (session) => this.applier.apply(session, partition, batch, (exact) => (added = exact)),
        (result, session) =>
          persisted.call(partition, added, result, () => {
            const ledger = readLedger(session, this.namespaces.ledger, partition);
            if (ledger?.nonce !== batch.nonce) throw ended();
          }),
      );
    });
  }

  seed(
    partition: number,
    reserve: (ledger: LedgerPosition) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const { ledger } = this.namespaces;
    return this.alone(partition, async () => {
      const found = await this.calls.read((session) => readLedger(session, ledger, partition));
      const { seq, nonce } = found ?? NEW_LEDGER;
      const generation = await reserve({ seq, nonce }).catch((error: unknown) => {
        throw this.calls.asOurError(error);
      });
      // a row that was made to be locked stays, on a server
      if (generation === undefined && found !== undefined) return undefined;
      await this.calls.write((session) => {
        const now = readLedger(session, ledger, partition) ?? NEW_LEDGER;
        if (now.seq !== seq || now.nonce !== nonce) throw changedMeanwhile(partition);
        const next = { ...NEW_LEDGER, seq: seq + 1, nonce: generation ?? '' };
        writeLedger(session, ledger, partition, generation === undefined ? NEW_LEDGER : next);
        if (generation !== undefined) this.changeLog?.write(session, partition, setUpFrom(seq));
      });
      return generation;
    });
  }

  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues> {
    return this.calls.read((session) => readValues(session, this.namespaces, names, partitions));
  }

  embedded(): Promise<string[]> {
    return this.calls.read((session) => embeddedLedgers(session, this.namespaces.counters));
  }

  identify(): Promise<{ identity: string; place: string }> {
    return identify(this.calls);
  }

  persistedAt(): Promise<Date | undefined> {
    return this.calls.read((session) => ledgerTime(session, this.namespaces.ledger));
  }

  list(query: RowQuery): Promise<CounterRow[]> {
    return this.calls.read((session) => listRows(session, this.namespaces.counters, query));
  }

  aggregate(...of: ['count' | 'sum', string]): Promise<bigint> {
    return this.calls.read((session) => aggregate(session, this.namespaces.counters, ...of));
  }

  top(query: TopQuery): Promise<TopRow[]> {
    return this.calls.read((session) => topRows(session, this.namespaces.counters, query));
  }

  parts(query: PartsQuery): Promise<PartsPage> {
    return this.calls.read((session) => readParts(session, this.namespaces, query));
  }

  buckets(query: BucketQuery): Promise<string[]> {
    return this.calls.read((session) => bucketNames(session, this.namespaces.counters, query));
  }

  names(query: NamesQuery): Promise<NamesStep> {
    return this.calls.read((session) => nameStep(session, this.namespaces.counters, query));
  }

  expire(window: BucketWindow, before: Date, limit: number, clock: Date): Promise<number> {
    const { counters } = this.namespaces;
    return this.calls.write((session) => {
      const removed = deleteBuckets(session, counters, { window, before, clock }, limit);
      if (removed > 0) this.closedRows.expired(session, window, before);
      return removed;
    });
  }

  inspect(misplaced: readonly Bucket[]): Promise<StoreProblem[]> {
    return this.calls.read((session) => {
      const problems = inspect(session);
      if (this.ownLedger === undefined) problems.push(...this.only.take(placeOf(session)));
      if (problems.some(({ kind }) => kind === 'unusable')) return problems;
      problems.push(...this.columns.inspect(session));
      return [...problems, ...splitWindows(session, this.namespaces.counters, misplaced)];
    });
  }

  /** Without others that apply or seed the same partition, in this process. */
  private alone<Answer>(partition: number, run: () => Promise<Answer>): Promise<Answer> {
    return locked(this.#dataSource, `${partition} ${this.namespaces.ledger}`, run);
  }
}
