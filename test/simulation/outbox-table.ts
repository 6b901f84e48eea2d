import type {
  OutboxRow,
  OutboxState,
  RefusedRow,
  TakenRow,
} from '../../lib/database/outbox/outbox.js';
import { bucketName } from '../../lib/words/bucket-name.js';

/** A row whose transaction has committed. */
interface CommittedRow extends OutboxRow {
  takenAt: number;
  takenBy: string;
  refused: string;
}

/** The counter, or the bucket, that a row adds to. */
export const countedName = ({ name, moved }: Pick<OutboxRow, 'name' | 'moved'>): string =>
  moved?.suffix === undefined ? name : bucketName(name, moved.suffix);

/** A transaction of the application: others see its rows when it commits. */
export interface OpenTransaction {
  readonly rows: OutboxRow[];
}

/** The outbox of all processes. Each method is a transaction, but `write()`. */
export class OutboxTable {
  private readonly rows = new Map<string, CommittedRow>();

  write(transaction: OpenTransaction, rows: readonly OutboxRow[]): void {
    transaction.rows.push(...rows);
  }

  commit({ rows }: OpenTransaction): void {
    for (const row of rows) {
      this.rows.set(row.id, { ...row, takenAt: row.madeAt, takenBy: '', refused: '' });
    }
  }

  take(
    { ids, limit }: { ids?: readonly string[]; limit: number },
    by: (row: OutboxRow) => string,
  ): TakenRow[] {
    const now = Date.now();
    const taken = this.waiting
      .filter(({ id }) => ids === undefined || ids.includes(id))
      // ids have a part that differs each time a run is repeated
      .sort((one, other) => one.madeAt - other.madeAt)
      .slice(0, limit);
    return taken.map((row) => {
      const takenBefore = row.takenBy !== '';
      if (!takenBefore) Object.assign(row, { takenAt: now, takenBy: by(row) });
      return { ...row, takenFor: now - row.takenAt, takenBefore };
    });
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.rows.delete(id);
  }

  refuse(ids: readonly string[], reason: string): void {
    for (const id of ids) {
      const row = this.rows.get(id);
      if (row?.refused === '') row.refused = reason;
    }
  }

  release(ids: readonly string[]): number {
    const refused = this.ofRefused(ids);
    for (const row of refused) Object.assign(row, { refused: '', takenBy: '' });
    return refused.length;
  }

  discard(ids: readonly string[]): number {
    const refused = this.ofRefused(ids);
    this.remove(refused.map(({ id }) => id));
    return refused.length;
  }

  last(): string | undefined {
    return [...this.rows.values()].sort((one, other) => one.madeAt - other.madeAt).at(-1)?.id;
  }

  state(): OutboxState {
    const waiting = this.waiting.length;
    return { waiting, refused: this.rows.size - waiting };
  }

  get refused(): readonly RefusedRow[] {
    return [...this.rows.values()]
      .filter(({ refused }) => refused !== '')
      .map(({ refused: reason, ...row }) => ({ ...row, reason }));
  }

  private ofRefused(ids: readonly string[]): CommittedRow[] {
    return [...this.rows.values()].filter(({ id, refused }) => refused !== '' && ids.includes(id));
  }

  private get waiting(): CommittedRow[] {
    return [...this.rows.values()].filter(({ refused }) => refused === '');
  }
}
