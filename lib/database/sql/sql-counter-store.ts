import type { DataSource } from 'typeorm';
import type { Bucket, BucketWindow } from '../../words/bucket-name.js';
import type { Batch, LedgerPosition, StoreProblem } from '../../cache/counter-cache.js';
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
import { setUpFrom } from '../changes/change-log.js';
import { SqlChangeLog } from '../changes/sql-change-log.js';
import type { OwnColumn } from '../columns/own-column.js';
import type { BesideBatches } from '../persisted/beside-batches.js';
import { SqlPersisted } from '../persisted/sql-persisted.js';
import { SqlColumns } from '../columns/sql-columns.js';
import { BatchApplier } from './batch-applier.js';
import { DatabaseCalls } from './database-calls.js';
import { findDialect } from '../dialects/find-dialect.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { expectEntities } from '../entities/expect-entities.js';
import { isEmbedded, type Namespaces } from '../namespaces.js';
import { lockLedger } from './ledger-lock.js';
import { redisNotes } from './redis-notes.js';
import type { Corrections } from '../corrections/corrections.js';
import { mysqlCorrections } from '../corrections/mysql.js';
import { postgresCorrections } from '../corrections/postgres.js';
import { SqlCorrections } from '../corrections/sql-corrections.js';
import type { EventImports } from '../imports/imports.js';
import { mysqlImports } from '../imports/mysql.js';
import { postgresImports } from '../imports/postgres.js';
import { SqlImports } from '../imports/sql-imports.js';
import type { Closings } from '../closing/closings.js';
import { SqlClosedRows } from '../closing/sql-closed-rows.js';
import { SqlClosings } from '../closing/sql-closings.js';
import type { Outbox } from '../outbox/outbox.js';
import { mysqlOutbox } from '../outbox/mysql.js';
import { postgresOutbox } from '../outbox/postgres.js';
import { SqlOutbox } from '../outbox/sql-outbox.js';
import type { ServerNotes } from '../../words/server-notes.js';
import { splitWindowsWarning } from '../split-windows.js';
import { SqlOwnLedger } from './sql-own-ledger.js';

export type { DataSource };

/** A call without an answer is given up after this time by default, in milliseconds. */
const TIMEOUT = 15_000;

/** Of the option `onPersisted`, in milliseconds: before the database ends a transaction that stands still. */
const limitOfHook = (timeout: number): number => Math.ceil(timeout / 3);

export class SqlCounterStore implements CounterStore {
  readonly ownLedger?: OwnLedger;
  readonly redisNotes?: ServerNotes;
  readonly outbox: Outbox;
  readonly corrections: Corrections;
  readonly imports: EventImports;
  readonly changeLog?: SqlChangeLog;
  readonly closings: Closings;
  private readonly dialect: SqlDialect;
  readonly giveUp: () => void;
  private readonly database: DatabaseCalls;
  private readonly columns: SqlColumns;
  private readonly applier: BatchApplier;
  private readonly closedRows: SqlClosedRows;

  constructor(
    dataSource: DataSource,
    private readonly namespaces: Namespaces,
    timeout = TIMEOUT,
    columns: readonly OwnColumn[] = [],
    { onPersisted, keepChanges = 0 }: BesideBatches = {},
  ) {
    this.dialect = findDialect(dataSource);
    if (dataSource.isInitialized) expectEntities(dataSource);
    this.database = new DatabaseCalls(dataSource, this.dialect, timeout);
    this.giveUp = () => this.database.giveUp();
    const { database, dialect } = this;
    if (isEmbedded(namespaces)) this.ownLedger = new SqlOwnLedger(database, dialect, namespaces);
    else this.redisNotes = redisNotes(database, dialect, namespaces.counters);
    const isPostgres = dataSource.options.type === 'postgres';
    const statements = isPostgres ? postgresOutbox : mysqlOutbox;
    this.outbox = new SqlOutbox(dataSource, { database, dialect, statements }, namespaces.counters);
    const kept = isPostgres ? postgresCorrections : mysqlCorrections;
    const beside = { database, dialect, outbox: statements };
    const rows = new SqlClosedRows(dataSource, { database, dialect }, namespaces.counters);
    this.closedRows = rows;
    this.closings = new SqlClosings({ ...beside, rows }, namespaces.counters);
    this.corrections = new SqlCorrections(
      { ...beside, statements: kept, closedRows: rows },
      namespaces.counters,
    );
    const imported = isPostgres ? postgresImports : mysqlImports;
    this.imports = new SqlImports({ ...beside, statements: imported }, namespaces.counters);
    this.columns = new SqlColumns(dataSource, dialect, columns);
    if (keepChanges > 0) this.changeLog = new SqlChangeLog(database, namespaces, keepChanges);
    const persisted =
      onPersisted &&
      new SqlPersisted(dialect, namespaces.ledger, onPersisted, limitOfHook(timeout));
    this.applier = new BatchApplier(database, dialect, namespaces, {
      ...{ columns: this.columns, outbox: statements, persisted, changes: this.changeLog },
      closedRows: rows,
    });
  }

  apply(partition: number, batch: Batch): Promise<ApplyResult> {
    return this.applier.apply(partition, batch);
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
      await this.changeLog?.write(connection, partition, setUpFrom(seq));
      return generation;
    }, 'spare');
  }

  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues> {
    const { dialect, namespaces: all } = this;
    return this.database.step((it) => dialect.readValues(it, all, names, partitions), 'spare');
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
    window: BucketWindow,
    before: Date,
    limit: number,
    clock: Date,
  ): Promise<number | undefined> {
    const { counters } = this.namespaces;
    return this.database.transaction(async (connection) => {
      if (!(await this.dialect.tryLock(connection, `expire:${counters}`))) return undefined;
      const chosen = { window, before, clock };
      const removed = await this.dialect.deleteBuckets(connection, counters, chosen, limit);
      if (removed > 0) await this.closedRows.expired(connection, window, before);
      return removed;
    });
  }

  list(query: RowQuery): Promise<CounterRow[]> {
    const { counters } = this.namespaces;
    return this.database.step((it) => this.dialect.listRows(it, counters, query), 'spare');
  }

  aggregate(what: 'count' | 'sum', prefix: string): Promise<bigint> {
    const { counters } = this.namespaces;
    return this.database.step((it) => this.dialect.aggregate(it, counters, what, prefix), 'spare');
  }

  top(query: TopQuery): Promise<TopRow[]> {
    return this.database.step(
      (connection) => this.dialect.topRows(connection, this.namespaces.counters, query),
      'spare',
    );
  }

  parts(query: PartsQuery): Promise<PartsPage> {
    const { dialect, namespaces: all } = this;
    return this.database.step((it) => dialect.readParts(it, all, query), 'spare');
  }

  buckets(query: BucketQuery): Promise<string[]> {
    const { counters } = this.namespaces;
    return this.database.step((it) => this.dialect.bucketNames(it, counters, query), 'spare');
  }

  names(query: NamesQuery): Promise<NamesStep> {
    const { counters } = this.namespaces;
    return this.database.step((it) => this.dialect.nameStep(it, counters, query), 'spare');
  }

  async inspect(misplaced: readonly Bucket[]): Promise<StoreProblem[]> {
    const problems = await this.database.step((connection) => this.dialect.inspect(connection));
    if (problems.some(({ kind }) => kind === 'unusable')) return problems;
    problems.push(...(await this.columns.inspect((run) => this.database.transaction(run))));
    if (misplaced.length === 0) return problems;
    const [first] = await this.database.step((connection) =>
      this.dialect.existingStarts(connection, this.namespaces.counters, misplaced),
    );
    return first === undefined ? problems : [...problems, splitWindowsWarning(first)];
  }
}
