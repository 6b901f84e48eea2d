import type { Batch } from '../../lib/cache/counter-cache.js';
import { INT64_MAX, INT64_MIN } from '../../lib/words/int64.js';
import type { ApplyResult, PersistedValues } from '../../lib/database/counter-store.js';

export interface Ledger {
  seq: number;
  nonce: string;
  leftOut: readonly string[];
}

type Locked = (release: () => void) => void;

/** Rows and ledgers, with the decisions of `SqlCounterStore`. Each change is one commit. */
export class DatabaseServer {
  readonly rows = new Map<string, bigint>();
  readonly ledgers = new Map<number, Ledger>();
  onCommit: () => void = () => undefined;

  private readonly applied = new Set<string>();
  private readonly waiting = new Map<number, Locked[]>();

  /** Runs when no other transaction holds the partition's ledger row. */
  lock(partition: number, run: Locked): void {
    const queue = this.waiting.get(partition);
    if (queue !== undefined) {
      queue.push(run);
      return;
    }
    this.waiting.set(partition, []);
    this.hold(partition, run);
  }

  ledger(partition: number): Ledger {
    return this.ledgers.get(partition) ?? { seq: 0, nonce: '', leftOut: [] };
  }

  /** The transaction of `apply`, under the lock. */
  apply(partition: number, batch: Batch): ApplyResult {
    const ledger = this.ledger(partition);
    if (batch.seq > ledger.seq) return this.applyTo(partition, batch, ledger);
    if (batch.nonce !== ledger.nonce) return { status: 'superseded', ledgerSeq: ledger.seq };
    const { leftOut } = ledger;
    const kept = batch.entries.map(({ name }) => name).filter((name) => !leftOut.includes(name));
    return { status: 'repeated', values: this.values(kept), leftOut, missing: 0 };
  }

  /** The end of the transaction of `seed`, under the lock. */
  writeSeed(partition: number, seq: number, nonce: string): void {
    this.ledgers.set(partition, { seq, nonce, leftOut: [] });
  }

  read(names: readonly string[], partitions: readonly number[]): PersistedValues {
    const values = new Map<string, string>();
    for (const name of names) {
      const value = this.rows.get(name);
      if (value !== undefined) values.set(name, String(value));
    }
    const ledgers = new Map(
      partitions.map((partition) => [partition, this.ledger(partition).seq] as const),
    );
    return { values, ledgers };
  }

  isApplied({ seq, nonce }: { seq: number; nonce: string }): boolean {
    return this.applied.has(`${seq} ${nonce}`);
  }

  private applyTo(partition: number, batch: Batch, ledger: Ledger): ApplyResult {
    const leftOut: string[] = [];
    const kept: string[] = [];
    const changed: string[] = [];
    for (const { name, delta, remove, expected } of batch.entries) {
      const before = this.rows.get(name) ?? 0n;
      if (expected !== undefined && BigInt(expected) !== before) changed.push(name);
      const after = BigInt(expected ?? before) + BigInt(delta);
      if (after < INT64_MIN || after > INT64_MAX) {
        leftOut.push(name);
        continue;
      }
      kept.push(name);
      if (after !== before) this.rows.set(name, after);
      if (remove && this.rows.get(name) === 0n) this.rows.delete(name);
    }
    this.ledgers.set(partition, { seq: batch.seq, nonce: batch.nonce, leftOut });
    this.applied.add(`${batch.seq} ${batch.nonce}`);
    this.onCommit();
    const missing = batch.seq - ledger.seq - 1;
    return { status: 'applied', values: this.values(kept), leftOut, changed, missing };
  }

  private values(names: readonly string[]): Map<string, string> {
    return new Map(names.map((name) => [name, String(this.rows.get(name) ?? 0n)]));
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
