import { randomUUID } from 'node:crypto';
import type { Batch } from '../../cache/counter-cache.js';
import { inRange, type Int64String } from '../../words/int64.js';
import type { ServerNote } from '../../words/server-notes.js';
import type { ApplyResult, PersistedValues } from '../counter-store.js';
import { toFoundRows } from '../found-rows.js';
import { isEmbedded, type Namespaces } from '../namespaces.js';
import { movingOf, rowsOf, withoutMoved } from '../outbox/moved-rows.js';
import type { CorrectionRow } from '../corrections/corrections.js';
import { replaces, staying, windowKey } from '../closing/closed-parts.js';
import type { Closing, LateRow } from '../closing/closings.js';
import type { OutboxRow } from '../outbox/outbox.js';

/** Times are in milliseconds since 1970. */
export interface MemoryRow {
  value: bigint;
  createdAt: number;
  updatedAt: number;
}

interface LedgerRow {
  seq: number;
  nonce: string;
  leftOut: readonly string[];
  /** How many batches before the last one are missing. */
  missing?: number;
}

export interface MemoryLedger extends LedgerRow {
  /** When the row was last written or marked. */
  at: number;
  /** Grows with each write, also within one millisecond. */
  times: number;
}

/** Rows by name: buckets too, under the names that the cache has for them. */
export type MemoryRows = Map<string, MemoryRow>;
/** Windows that are closed, their numbers by the names of buckets, and what came later. */
export interface MemoryClosings {
  closings: Closing[];
  closed: Map<string, { value: bigint; rowValue: bigint }>;
  late: LateRow[];
}
/** Ledger rows by partition. */
type MemoryLedgers = Map<number, MemoryLedger>;

/**
 * The tables of a database, in this process: stores that share them are as processes that share a database. One step after
 * the other: each method that answers at once is a transaction.
 */
export class MemoryTables {
  readonly identity: string = randomUUID();
  /** The note of the Redis that counts a namespace, by namespace. */
  readonly notes = new Map<string, ServerNote & { at: number }>();
  /** Rows of the outbox that somebody began to count. */
  readonly takenRows = new WeakMap<OutboxRow, { at: number; by: string }>();
  /** Those that wait for an operator, and why. */
  readonly refusedRows = new WeakMap<OutboxRow, string>();
  private readonly rows = new Map<string, MemoryRows>();
  private readonly ledgers = new Map<string, MemoryLedgers>();
  private readonly outboxes = new Map<string, OutboxRow[]>();
  private readonly corrections = new Map<string, CorrectionRow[]>();
  private readonly imports = new Map<string, string[]>();
  private readonly closings = new Map<string, MemoryClosings>();
  private readonly locks = new Map<string, Promise<void>>();
  private times = 0;

  constructor(
    /** The clock of the database, in milliseconds since 1970. */
    readonly now: () => number = Date.now,
  ) {}

  /** The rows of a namespace. A test may change them, as an operator may change tables. */
  rowsOf(namespace: string): MemoryRows {
    return getOrMake(this.rows, namespace, (): MemoryRows => new Map());
  }

  /** The ledger rows of a ledger. A test may change them too. */
  ledgersOf(ledger: string): MemoryLedgers {
    return getOrMake(this.ledgers, ledger, (): MemoryLedgers => new Map());
  }

  /** What is to be counted: taken from other rows, say. */
  outboxOf(namespace: string): OutboxRow[] {
    return getOrMake(this.outboxes, namespace, () => []);
  }

  /** Corrections of windows. */
  correctionsOf(namespace: string): CorrectionRow[] {
    return getOrMake(this.corrections, namespace, () => []);
  }

  /** Digests of events that were imported, of some thousand in a row. */
  importsOf(namespace: string): string[] {
    return getOrMake(this.imports, namespace, () => []);
  }

  /** Removes all counts of a namespace. */
  clear(namespace: string): void {
    this.rowsOf(namespace).clear();
    for (const beside of [this.outboxes, this.corrections, this.imports]) beside.delete(namespace);
    this.closings.delete(namespace);
  }

  closingsOf(namespace: string): MemoryClosings {
    const none = (): MemoryClosings => ({ closings: [], closed: new Map(), late: [] });
    return getOrMake(this.closings, namespace, none);
  }

  ledgerNames(): string[] {
    return [...this.ledgers.keys()];
  }

  removeLedgers(ledger: string): void {
    this.ledgers.delete(ledger);
  }

  /** Runs under the lock of the ledger row of a partition. */
  async locked<Answer>(
    { ledger }: Namespaces,
    partition: number,
    run: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const row = `${partition} ${ledger}`;
    const before = this.locks.get(row);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    this.locks.set(row, held);
    try {
      await before;
      return await run();
    } finally {
      if (this.locks.get(row) === held) this.locks.delete(row);
      release();
    }
  }

  /** The transaction of `CounterStore.apply()`, under the lock. */
  apply(namespaces: Namespaces, partition: number, batch: Batch): ApplyResult {
    const found = this.ledgersOf(namespaces.ledger).get(partition);
    const { seq, nonce } = batch;
    if (found === undefined && isEmbedded(namespaces)) {
      this.writeLedger(namespaces, partition, { seq, nonce: '', leftOut: [] });
      return { status: 'superseded', ledgerSeq: seq };
    }
    const ledger: LedgerRow = found ?? { seq: 0, nonce: '', leftOut: [] };
    if (seq > ledger.seq) {
      const added = this.add(namespaces.counters, batch);
      const missing = seq - ledger.seq - 1;
      this.writeLedger(namespaces, partition, { seq, nonce, leftOut: added.leftOut, missing });
      return { status: 'applied', ...added, missing };
    }
    if (nonce !== ledger.nonce) return { status: 'superseded', ledgerSeq: ledger.seq };
    const { leftOut, missing = 0 } = ledger;
    const names = batch.entries.map(({ name }) => name).filter((name) => !leftOut.includes(name));
    const values = new Map(names.map((name) => [name, this.valueOf(namespaces.counters, name)]));
    return { status: 'repeated', values, leftOut, missing };
  }

  /** The end of the transaction of `CounterStore.seed()`, under the lock. */
  seed(namespaces: Namespaces, partition: number, generation: string | undefined): void {
    const ledger = this.ledgersOf(namespaces.ledger).get(partition);
    if (generation !== undefined) {
      const seq = (ledger?.seq ?? 0) + 1;
      this.writeLedger(namespaces, partition, { seq, nonce: generation, leftOut: [] });
      // a row that was made to be locked stays
    } else if (ledger === undefined) {
      this.writeLedger(namespaces, partition, { seq: 0, nonce: '', leftOut: [] });
    }
  }

  read(
    { counters, ledger }: Namespaces,
    names: readonly string[],
    partitions: readonly number[],
  ): PersistedValues {
    const rows = this.rowsOf(counters);
    const ledgers = this.ledgersOf(ledger);
    const values = names.flatMap((name): [string, Int64String][] => {
      const row = rows.get(name);
      return row === undefined ? [] : [[name, String(row.value)]];
    });
    const seqs = partitions.map((each) => [each, ledgers.get(each)?.seq ?? 0] as const);
    return { values: new Map(values), ledgers: new Map(seqs) };
  }

  /** Marks a ledger row as written now. */
  writeLedger({ ledger }: Pick<Namespaces, 'ledger'>, partition: number, row: LedgerRow): void {
    const written = { ...row, at: this.now(), times: ++this.times };
    this.ledgersOf(ledger).set(partition, written);
  }

  private add(
    namespace: string,
    batch: Batch,
  ): { values: Map<string, Int64String>; leftOut: string[]; changed?: readonly string[] } {
    const rows = this.rowsOf(namespace);
    const expecting = batch.entries.filter(({ expected }) => expected !== undefined);
    const { closings, closed } = this.closingsOf(namespace);
    const { exact, changed } = toFoundRows(
      staying(batch, new Set(closings.map(windowKey))),
      new Map(expecting.map(({ name }) => [name, this.valueOf(namespace, name)])),
    );
    const values = new Map<string, Int64String>();
    const leftOut: string[] = [];
    const updatedAt = this.now();
    for (const { name, delta, remove } of exact.entries) {
      const row = rows.get(name);
      const value = (row?.value ?? 0n) + BigInt(delta);
      if (!inRange(value)) {
        leftOut.push(name);
        continue;
      }
      values.set(name, String(value));
      if (remove && value === 0n) rows.delete(name);
      else if (delta !== '0')
        rows.set(name, { value, createdAt: row?.createdAt ?? updatedAt, updatedAt });
    }
    for (const entry of exact.entries.filter(replaces)) {
      const kept = closed.get(entry.name);
      if (kept !== undefined && values.has(entry.name)) kept.rowValue = 0n;
    }
    const moving = movingOf(exact, values);
    for (const { name } of moving) rows.delete(name);
    this.outboxOf(namespace).push(...rowsOf(moving));
    return {
      values: withoutMoved(values, moving),
      leftOut,
      ...(changed.length > 0 && { changed }),
    };
  }

  private valueOf(namespace: string, name: string): Int64String {
    return String(this.rowsOf(namespace).get(name)?.value ?? 0n);
  }
}

function getOrMake<Table>(tables: Map<string, Table>, namespace: string, make: () => Table): Table {
  const table = tables.get(namespace) ?? make();
  tables.set(namespace, table);
  return table;
}
