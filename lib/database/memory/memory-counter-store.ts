import type { Bucket, BucketWindow } from '../../words/bucket-name.js';
import type { Batch, LedgerPosition, StoreProblem } from '../../cache/counter-cache.js';
import type { ServerNotes } from '../../words/server-notes.js';
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
import { isEmbedded, type Namespaces } from '../namespaces.js';
import { isOfClosed } from '../kept-windows.js';
import type { Corrections } from '../corrections/corrections.js';
import type { EventImports } from '../imports/imports.js';
import type { Closings } from '../closing/closings.js';
import type { Outbox } from '../outbox/outbox.js';
import { splitWindowsWarning } from '../split-windows.js';
import { MemoryClosings } from './memory-closings.js';
import { MemoryCorrections } from './memory-corrections.js';
import { MemoryImports } from './memory-imports.js';
import { memoryNotes } from './memory-notes.js';
import { MemoryOutbox } from './memory-outbox.js';
import { lastOf, MemoryOwnLedger, recentLedgers } from './memory-own-ledger.js';
import {
  aggregate,
  bucketNames,
  bucketsOf,
  listRows,
  nameStep,
  partRows,
  removeBuckets,
  topRows,
} from './memory-rows.js';
import type { MemoryTables } from './memory-tables.js';

/** How far a clock may be ahead of the clock of the database, in milliseconds. */
const AHEAD = 3_600_000;

/**
 * Keeps counts in the memory of this process, for tests: exact, one step after the other, without I/O. It never fails and
 * refuses nothing.
 */
export class MemoryCounterStore implements CounterStore {
  readonly ownLedger?: OwnLedger;
  readonly redisNotes?: ServerNotes;
  readonly outbox: Outbox;
  readonly corrections: Corrections;
  readonly imports: EventImports;
  readonly closings: Closings;

  constructor(
    readonly tables: MemoryTables,
    private readonly namespaces: Namespaces,
  ) {
    if (isEmbedded(namespaces)) this.ownLedger = new MemoryOwnLedger(tables, namespaces);
    else this.redisNotes = memoryNotes(tables, namespaces.counters);
    this.outbox = new MemoryOutbox(tables, namespaces.counters);
    this.corrections = new MemoryCorrections(tables, namespaces.counters);
    this.imports = new MemoryImports(tables, namespaces.counters);
    this.closings = new MemoryClosings(tables, namespaces.counters);
  }

  apply(partition: number, batch: Batch): Promise<ApplyResult> {
    const { namespaces, tables } = this;
    return tables.locked(namespaces, partition, () => tables.apply(namespaces, partition, batch));
  }

  seed(
    partition: number,
    reserve: (ledger: LedgerPosition) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const { namespaces, tables } = this;
    return tables.locked(namespaces, partition, async () => {
      const { seq = 0, nonce = '' } = tables.ledgersOf(namespaces.ledger).get(partition) ?? {};
      const generation = await reserve({ seq, nonce });
      tables.seed(namespaces, partition, generation);
      return generation;
    });
  }

  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues> {
    return Promise.resolve(this.tables.read(this.namespaces, names, partitions));
  }

  embedded(): Promise<string[]> {
    return Promise.resolve([...recentLedgers(this.tables, this.namespaces).keys()]);
  }

  identify(): Promise<{ identity: string; place: string }> {
    const place = `memory of process ${process.pid}`;
    return Promise.resolve({ identity: this.tables.identity, place });
  }

  persistedAt(): Promise<Date | undefined> {
    const last = lastOf(this.tables, this.namespaces.ledger);
    return Promise.resolve(last && new Date(last.at));
  }

  list(query: RowQuery): Promise<CounterRow[]> {
    return Promise.resolve(listRows(this.rows, query));
  }

  aggregate(what: 'count' | 'sum', prefix: string): Promise<bigint> {
    return Promise.resolve(aggregate(this.rows, what, prefix));
  }

  top(query: TopQuery): Promise<TopRow[]> {
    return Promise.resolve(topRows(this.rows, query));
  }

  parts(query: PartsQuery): Promise<PartsPage> {
    const { ledgers } = this.tables.read(this.namespaces, [], query.partitions);
    const { closed } = this.tables.closingsOf(this.namespaces.counters);
    const rows = isOfClosed(query.windows) ? closed : this.rows;
    return Promise.resolve({ rows: partRows(rows, query), ledgers });
  }

  buckets(query: BucketQuery): Promise<string[]> {
    return Promise.resolve(bucketNames(this.rows, query));
  }

  names(query: NamesQuery): Promise<NamesStep> {
    return Promise.resolve(nameStep(this.rows, query));
  }

  expire(window: BucketWindow, before: Date, limit: number, clock: Date): Promise<number> {
    const isAhead = clock.getTime() > this.tables.now() + AHEAD;
    if (isAhead) return Promise.resolve(0);
    const removed = removeBuckets(this.rows, window, before, limit);
    for (const [name, kept] of this.tables.closingsOf(this.namespaces.counters).closed) {
      if (!this.rows.has(name)) kept.rowValue = 0n;
    }
    return Promise.resolve(removed);
  }

  inspect(misplaced: readonly Bucket[]): Promise<StoreProblem[]> {
    const kept = new Set(bucketsOf(this.rows).map(({ bucket }) => instantOf(bucket)));
    const first = misplaced.find((bucket) => kept.has(instantOf(bucket)));
    return Promise.resolve(first === undefined ? [] : [splitWindowsWarning(first)]);
  }

  private get rows() {
    return this.tables.rowsOf(this.namespaces.counters);
  }
}

const instantOf = ({ window, start }: Bucket): string => `${window} ${start}`;
