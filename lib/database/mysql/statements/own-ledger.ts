import type { SqlConnection } from '../../dialects/sql-connection.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import { embeddedRange, type Namespaces } from '../../namespaces.js';
import { within } from '../transaction.js';
import { bytesOf, list, NOW, text } from './literals.js';
import { NOTE } from './notes.js';

/** Ledgers, and when they were written or marked last within the last minute. */
async function recent(connection: SqlConnection, where: string): Promise<Map<string, string>> {
  const l = columns(connection, CounterLedger);
  const found = await connection.query<{ ledger: string; touched: string }[]>(
    `SELECT ${bytesOf(l.namespace)} AS ledger, MAX(${l.updatedAt}) AS touched
       FROM ${tableName(connection, CounterLedger)}
      WHERE (${where})
        AND ${l.updatedAt} BETWEEN ${NOW} - INTERVAL 1 MINUTE AND ${NOW} + INTERVAL 1 MINUTE
      GROUP BY ${l.namespace}`,
  );
  return new Map(found.map(({ ledger, touched }) => [ledger, touched]));
}

function ofEmbedded(connection: SqlConnection, counters: string): string {
  const { namespace } = columns(connection, CounterLedger);
  const [from, to] = embeddedRange(counters);
  return `${namespace} >= ${text(from)} AND ${namespace} < ${text(to)}`;
}

export async function embeddedLedgers(
  connection: SqlConnection,
  namespace: string,
): Promise<string[]> {
  return [...(await recent(connection, ofEmbedded(connection, namespace))).keys()];
}

/** Rows that a batch has locked are left to the batch, which touches them as well. */
export async function touchLedger(
  connection: SqlConnection,
  { counters, ledger }: Namespaces,
): Promise<ReadonlyMap<string, string>> {
  const l = columns(connection, CounterLedger);
  const table = tableName(connection, CounterLedger);
  const own = `${l.namespace} = ${text(ledger)}`;
  await within(connection, async () => {
    const free = await connection.query<{ part: string }[]>(
      `SELECT ${l.partition} AS part FROM ${table} WHERE ${own} FOR UPDATE SKIP LOCKED`,
    );
    if (free.length === 0) return;
    // another time than before, also where the clock has not gone on
    await connection.query(
      `UPDATE ${table}
          SET ${l.updatedAt} = IF(${l.updatedAt} = ${NOW}, ${NOW} + INTERVAL 1000 MICROSECOND, ${NOW})
        WHERE ${own} AND ${l.partition} IN (${list(free.map(({ part }) => part))})`,
    );
  });
  return recent(
    connection,
    `${l.namespace} = ${text(counters)} AND ${l.partition} = ${NOTE}
      OR ${ofEmbedded(connection, counters)} AND ${l.namespace} <> ${text(ledger)}`,
  );
}

export async function removeLedger(connection: SqlConnection, namespace: string): Promise<void> {
  const l = columns(connection, CounterLedger);
  await connection.query(
    `DELETE FROM ${tableName(connection, CounterLedger)} WHERE ${l.namespace} = ${text(namespace)}`,
  );
}

export async function removeAbandonedLedgers(
  connection: SqlConnection,
  { counters, ledger }: Namespaces,
): Promise<void> {
  const l = columns(connection, CounterLedger);
  const table = tableName(connection, CounterLedger);
  const abandoned = `${l.updatedAt} < ${NOW} - INTERVAL 7 DAY`;
  await within(connection, async () => {
    const found = await connection.query<{ ledger: string; part: string }[]>(
      `SELECT ${bytesOf(l.namespace)} AS ledger, ${l.partition} AS part FROM ${table}
        WHERE ${ofEmbedded(connection, counters)} AND ${l.namespace} <> ${text(ledger)} AND ${abandoned}
        LIMIT 1000 FOR UPDATE SKIP LOCKED`,
    );
    if (found.length === 0) return;
    const rows = found.map((row) => `(${text(row.ledger)}, ${row.part})`);
    await connection.query(
      `DELETE FROM ${table} WHERE ${abandoned} AND (${l.namespace}, ${l.partition}) IN (${list(rows)})`,
    );
  });
}
