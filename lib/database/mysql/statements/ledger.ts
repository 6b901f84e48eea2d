import { leftOutText, parseLeftOut } from '../../dialects/left-out.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import type { LedgerRow } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import { NOW, parseTime, text } from './literals.js';

/** Not INSERT IGNORE: that leaves a shared lock on a row that is there, and two that have one deadlock when they lock the row. */
export async function ensureLedger(
  connection: SqlConnection,
  namespace: string,
  partition: number,
): Promise<void> {
  const l = columns(connection, CounterLedger);
  await connection.query(
    `INSERT INTO ${tableName(connection, CounterLedger)}
       (${l.namespace}, ${l.partition}, ${l.seq}, ${l.nonce}, ${l.leftOut}, ${l.updatedAt})
     VALUES (${text(namespace)}, ${partition}, 0, '', '[]', ${NOW})
     ON DUPLICATE KEY UPDATE ${l.partition} = ${partition}`,
  );
}

export async function lockLedger(
  connection: SqlConnection,
  namespace: string,
  partition: number,
): Promise<LedgerRow | undefined> {
  const l = columns(connection, CounterLedger);
  const [row] = await connection.query<{ seq: string; nonce: string; facts: string }[]>(
    `SELECT ${l.seq} AS seq, CAST(${l.nonce} AS BINARY) AS nonce, CAST(${l.leftOut} AS BINARY) AS facts
       FROM ${tableName(connection, CounterLedger)}
      WHERE ${l.namespace} = ${text(namespace)} AND ${l.partition} = ${partition} FOR UPDATE`,
  );
  if (row === undefined) return undefined;
  return { seq: Number(row.seq), nonce: row.nonce, ...parseLeftOut(row.facts) };
}

export async function writeLedger(
  connection: SqlConnection,
  namespace: string,
  partition: number,
  row: LedgerRow,
): Promise<void> {
  const l = columns(connection, CounterLedger);
  await connection.query(
    `UPDATE ${tableName(connection, CounterLedger)}
        SET ${l.seq} = ${row.seq}, ${l.nonce} = ${text(row.nonce)}, ${l.leftOut} = ${text(leftOutText(row))},
            ${l.updatedAt} = ${NOW}
      WHERE ${l.namespace} = ${text(namespace)} AND ${l.partition} = ${partition}`,
  );
}

export async function ledgerTime(
  connection: SqlConnection,
  namespace: string,
): Promise<Date | undefined> {
  const l = columns(connection, CounterLedger);
  const [row] = await connection.query<{ written: string | null }[]>(
    `SELECT MAX(${l.updatedAt}) AS written FROM ${tableName(connection, CounterLedger)}
      WHERE ${l.namespace} = ${text(namespace)} AND ${l.partition} >= 0`,
  );
  const written = row?.written ?? null;
  return written === null ? undefined : parseTime(written);
}

/** Locks all ledger rows of a namespace, of embedded processes too. */
export async function lockLedgers(
  connection: SqlConnection,
  [namespace, from, to]: readonly [string, string, string],
): Promise<void> {
  const l = columns(connection, CounterLedger);
  await connection.query(
    `SELECT 1 FROM ${tableName(connection, CounterLedger)}
      WHERE ${l.namespace} = ${text(namespace)}
         OR ${l.namespace} >= ${text(from)} AND ${l.namespace} < ${text(to)}
      ORDER BY ${l.namespace}, ${l.partition} FOR UPDATE`,
  );
}
