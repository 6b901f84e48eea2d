import { leftOutText, parseLeftOut } from '../../dialects/left-out.js';
import type { LedgerRow } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { SqliteSession, Texts } from '../session.js';
import { digits, NOW, parseTime } from './texts.js';

export function readLedger(
  session: SqliteSession,
  namespace: string,
  partition: number,
): Required<LedgerRow> | undefined {
  const l = columns(session, CounterLedger);
  const [row] = session.query<Texts<'seq' | 'nonce' | 'facts'>>(
    `SELECT ${digits(l.seq)} AS seq, ${l.nonce} AS nonce, ${l.leftOut} AS facts
       FROM ${tableName(session, CounterLedger)} WHERE ${l.namespace} = ? AND ${l.partition} = ?`,
    [namespace, partition],
  );
  if (row === undefined) return undefined;
  return { seq: Number(row.seq), nonce: row.nonce, ...parseLeftOut(row.facts) };
}

/** Makes the row where it is missing. */
export function writeLedger(
  session: SqliteSession,
  namespace: string,
  partition: number,
  row: LedgerRow,
): void {
  const l = columns(session, CounterLedger);
  const written = [l.seq, l.nonce, l.leftOut, l.updatedAt];
  session.query(
    `INSERT INTO ${tableName(session, CounterLedger)} (${l.namespace}, ${l.partition}, ${written.join(', ')})
     VALUES (?, ?, ?, ?, ?, ${NOW})
     ON CONFLICT (${l.namespace}, ${l.partition}) DO UPDATE SET ${written.map((it) => `${it} = excluded.${it}`).join(', ')}`,
    [namespace, partition, row.seq, row.nonce, leftOutText(row)],
  );
}

/** When a ledger row of this namespace was written last. */
export function ledgerTime(session: SqliteSession, namespace: string): Date | undefined {
  const l = columns(session, CounterLedger);
  const [row] = session.query<{ written: string | null }>(
    `SELECT MAX(${l.updatedAt}) AS written FROM ${tableName(session, CounterLedger)}
      WHERE ${l.namespace} = ? AND ${l.partition} >= 0`,
    [namespace],
  );
  const written = row?.written ?? null;
  return written === null ? undefined : parseTime(written);
}
