import type { Batch, LedgerPosition } from '../../lib/cache/counter-cache.js';
import type { ApplyResult } from '../../lib/database/counter-store.js';
import { toFoundRows } from '../../lib/database/found-rows.js';
import { MemoryTables } from '../../lib/database/memory/memory-tables.js';
import { type Namespaces, namespacesOf } from '../../lib/database/namespaces.js';
import { movingOf, summed, takenOf } from '../../lib/database/outbox/moved-rows.js';
import type { OutboxRow } from '../../lib/database/outbox/outbox.js';
import { countedOf, isExpecting } from '../../lib/database/sql/batch-entries.js';
import { ColumnTable } from './column-table.js';
import { mask } from './digits.js';
import { countedName, OutboxTable } from './outbox-table.js';

type Locked = (release: () => void) => void;

export const NAMESPACES = namespacesOf('simulated');

/**
 * The tables of all processes, with the steps of the store in memory: the conformance suite holds them equal to those of
 * PostgreSQL. A batch also adds to a column of the application, as the store does for SQL.
 */
export class DatabaseServer extends MemoryTables {
  readonly outbox = new OutboxTable();
  readonly columns = new ColumnTable();
  onCommit: () => void = () => undefined;

  private readonly applied = new Set<string>();
  private readonly everPersisted = new Map<string, number>();
  private readonly waiting = new Map<number, Locked[]>();

  /** Runs when no other transaction holds the partition's ledger row. Who holds it may die with its connection. */
  lock(partition: number, run: Locked): void {
    const queue = this.waiting.get(partition);
    if (queue !== undefined) {
      queue.push(run);
      return;
    }
    this.waiting.set(partition, []);
    this.hold(partition, run);
  }

  override apply(namespaces: Namespaces, partition: number, batch: Batch): ApplyResult {
    const expecting = batch.entries.filter(isExpecting);
    const found = expecting.map(({ name }) => [name, String(this.value(name) ?? 0n)] as const);
    const { exact } = toFoundRows(batch, new Map(found));
    const before = new Map(batch.entries.map(({ name }) => [name, this.value(name) ?? 0n]));
    const result = super.apply(namespaces, partition, batch);
    if (result.status !== 'applied') return result;
    const added = exact.entries.flatMap(({ name, delta }): [string, string][] =>
      result.values.has(name) ? [[name, String((before.get(name) ?? 0n) + BigInt(delta))]] : [],
    );
    const moving = movingOf(exact, new Map(added));
    const missed = this.columns.add(summed([...countedOf(exact, result), ...takenOf(moving)]));
    const moved = this.outboxOf(NAMESPACES.counters).splice(0);
    this.notePersisted(batch, moved);
    this.moveOut(batch, moved);
    this.applied.add(nameOf(batch));
    this.onCommit();
    return missed.length === 0 ? result : { ...result, missed };
  }

  /** What rows held that were removed, as other counters get it: in the same transaction. */
  moveOut(_: Batch, rows: readonly OutboxRow[]): void {
    this.outbox.commit({ rows: [...rows] });
  }

  /** Increments that the database had under these names at some moment, a bit each. */
  persisted(names: (name: string) => boolean): number {
    let bits = 0;
    for (const [name, ever] of this.everPersisted) if (names(name)) bits |= ever;
    return bits;
  }

  /** Of a counter; undefined without a row. */
  value(name: string): bigint | undefined {
    return this.rowsOf(NAMESPACES.counters).get(name)?.value;
  }

  ledger(partition: number): LedgerPosition {
    const { seq = 0, nonce = '' } = this.ledgersOf(NAMESPACES.ledger).get(partition) ?? {};
    return { seq, nonce };
  }

  /** Has the ledger stand below a batch, as if it knew of none. */
  forget(partition: number, { seq }: Batch): void {
    this.writeLedger(NAMESPACES, partition, { seq: seq - 1, nonce: '', leftOut: [] });
  }

  isApplied(batch: Pick<Batch, 'seq' | 'nonce'>): boolean {
    return this.applied.has(nameOf(batch));
  }

  private notePersisted({ entries }: Batch, moved: readonly OutboxRow[]): void {
    const values = entries.map(({ name }) => [name, this.value(name) ?? 0n] as const);
    const deltas = moved.map((row) => [countedName(row), BigInt(row.delta)] as const);
    for (const [name, value] of [...values, ...deltas]) {
      this.everPersisted.set(name, (this.everPersisted.get(name) ?? 0) | mask(value));
    }
  }

  private hold(partition: number, run: Locked): void {
    let held = true;
    run(() => {
      if (!held) return;
      held = false;
      const next = this.waiting.get(partition)?.shift();
      if (next === undefined) this.waiting.delete(partition);
      else this.hold(partition, next);
    });
  }
}

const nameOf = ({ seq, nonce }: Pick<Batch, 'seq' | 'nonce'>): string => `${seq} ${nonce}`;
