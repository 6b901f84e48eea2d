import { InvalidArgumentError, quote } from '../../errors.js';
import type { LedgerKey } from '../../database/changes/change-log.js';

/** Rows that are told before any change is. */
export interface RowsPosition {
  of: 'counters' | 'buckets';
  /** The last name that was told. */
  after: string;
}

const keyOf = ({ ledger, partition }: LedgerKey): string => `${partition} ${ledger}`;

/** How far somebody has read: of each ledger, and of the rows. */
export class ChangePosition {
  /** By partition and ledger. */
  private readonly seqs = new Map<string, number>();
  /** Absent when all rows are told. */
  rows?: RowsPosition | undefined;

  seqOf(ledger: LedgerKey): number {
    return this.seqs.get(keyOf(ledger)) ?? 0;
  }

  move(ledger: LedgerKey, seq: number): void {
    this.seqs.set(keyOf(ledger), seq);
  }

  /** Forgets ledgers that are no more. */
  keep(ledgers: readonly LedgerKey[]): void {
    const kept = new Set(ledgers.map(keyOf));
    for (const key of this.seqs.keys()) if (!kept.has(key)) this.seqs.delete(key);
  }

  toText(): string {
    const { rows, seqs } = this;
    const facts = [[...seqs], ...(rows === undefined ? [] : [rows.of, rows.after])];
    return Buffer.from(JSON.stringify(facts)).toString('base64url');
  }

  static parse(cursor: string): ChangePosition {
    const position = new ChangePosition();
    try {
      const [seqs, of, after] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [
        [string, number][],
        string | undefined,
        string | undefined,
      ];
      for (const [key, seq] of seqs) {
        if (!/^\d+ ./.test(key) || !Number.isSafeInteger(seq)) throw new TypeError('no position');
        position.seqs.set(key, seq);
      }
      if (of !== undefined) {
        if ((of !== 'counters' && of !== 'buckets') || typeof after !== 'string')
          throw new TypeError('no rows');
        position.rows = { of, after };
      }
    } catch (cause) {
      const error = new InvalidArgumentError(
        `after must be the cursor of a change, not ${quote(cursor)}`,
      );
      error.cause = cause;
      throw error;
    }
    return position;
  }
}
