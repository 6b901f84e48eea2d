import { InvalidArgumentError } from '../../errors.js';
import {
  MOST_LOOKED_AT,
  type Outbox,
  type OutboxRow,
  type OutboxState,
  type RefusedRow,
  type TakenRow,
} from '../outbox/outbox.js';
import type { MemoryTables } from './memory-tables.js';

/** What was taken from rows of this memory for other counters. There are no transactions of an application. */
export class MemoryOutbox implements Outbox {
  constructor(
    private readonly tables: MemoryTables,
    private readonly namespace: string,
  ) {}

  exists(): Promise<boolean> {
    return Promise.resolve(true);
  }

  add(): Promise<never> {
    const message = 'Option "transaction" needs counters that are kept in a database';
    return Promise.reject(new InvalidArgumentError(message));
  }

  take(
    { ids, limit }: { ids?: readonly string[]; limit: number },
    by: (row: OutboxRow) => string,
  ): Promise<TakenRow[]> {
    const now = this.tables.now();
    const { takenRows, refusedRows } = this.tables;
    const asked = this.rows.filter(
      (row) => !refusedRows.has(row) && (ids === undefined || ids.includes(row.id)),
    );
    const taken = asked.slice(0, limit).map((row): TakenRow => {
      const before = takenRows.get(row);
      const taken = before ?? { at: now, by: by(row) };
      takenRows.set(row, taken);
      return {
        ...{ ...row, takenFor: now - taken.at, takenBy: taken.by },
        takenBefore: before !== undefined,
      };
    });
    return Promise.resolve(taken);
  }

  remove(ids: readonly string[]): Promise<void> {
    const rows = this.tables.outboxOf(this.namespace);
    const left = rows.filter(({ id }) => !ids.includes(id));
    rows.splice(0, rows.length, ...left);
    return Promise.resolve();
  }

  refuse(ids: readonly string[], reason: string): Promise<void> {
    const { refusedRows } = this.tables;
    for (const row of this.rows) {
      if (ids.includes(row.id) && !refusedRows.has(row)) refusedRows.set(row, reason);
    }
    return Promise.resolve();
  }

  refused(after = '', limit: number): Promise<RefusedRow[]> {
    const found = this.rows.flatMap((row): RefusedRow[] => {
      const reason = this.tables.refusedRows.get(row);
      return reason === undefined || row.id <= after ? [] : [{ ...row, reason }];
    });
    return Promise.resolve(found.slice(0, limit));
  }

  release(ids: readonly string[]): Promise<number> {
    const refused = this.refusedOf(ids);
    for (const row of refused) {
      this.tables.refusedRows.delete(row);
      this.tables.takenRows.delete(row);
    }
    return Promise.resolve(refused.length);
  }

  async discard(ids: readonly string[]): Promise<number> {
    const refused = this.refusedOf(ids);
    await this.remove(refused.map(({ id }) => id));
    return refused.length;
  }

  last(): Promise<string | undefined> {
    return Promise.resolve(this.rows.at(-1)?.id);
  }

  state(): Promise<OutboxState> {
    const isRefused = (row: OutboxRow): boolean => this.tables.refusedRows.has(row);
    const waiting = this.rows.filter((row) => !isRefused(row)).slice(0, MOST_LOOKED_AT);
    const oldest = Math.min(...waiting.map(({ madeAt }) => madeAt));
    return Promise.resolve({
      waiting: waiting.length,
      refused: Math.min(this.rows.filter(isRefused).length, MOST_LOOKED_AT),
      oldest: waiting.length === 0 ? undefined : new Date(oldest),
    });
  }

  private refusedOf(ids: readonly string[]): OutboxRow[] {
    return this.rows.filter((row) => this.tables.refusedRows.has(row) && ids.includes(row.id));
  }

  /** In the order of their ids. */
  private get rows(): OutboxRow[] {
    const rows = this.tables.outboxOf(this.namespace);
    return [...rows].sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}
