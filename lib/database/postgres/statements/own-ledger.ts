import type { SqlConnection } from '../../dialects/sql-connection.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import { pairs, pairsOf } from './lists.js';
import { NOTE } from './redis-notes.js';
import { embeddedRange, type Namespaces } from '../../namespaces.js';
import { columns, tableName } from '../../dialects/table-names.js';

/** Ledgers, and when they were written or marked last within the last minute. */
function recent(connection: SqlConnection, where: (namespace: string) => string): string {
  const t = columns(connection, CounterLedger);
  return `SELECT ${t.namespace} AS namespace, max(${t.updatedAt})::text AS touched
    FROM ${tableName(connection, CounterLedger)}
   WHERE (${where(t.namespace)})
     AND ${t.updatedAt} BETWEEN now() - interval '1 minute' AND now() + interval '1 minute'
   GROUP BY ${t.namespace}`;
}

export async function embeddedLedgers(
  connection: SqlConnection,
  namespace: string,
): Promise<string[]> {
  const [row] = await connection.query<{ others: string | null }[]>(
    `SELECT ${pairsOf('namespace', 'touched')} AS others
       FROM (${recent(connection, (it) => `${it} >= $1 AND ${it} < $2`)}) AS each`,
    embeddedRange(namespace),
  );
  return Array.from(pairs(row?.others ?? null), ([ledger]) => ledger);
}

/** Rows that a batch has locked are left to the batch, which touches them as well. */
export async function touchLedger(
  connection: SqlConnection,
  { counters, ledger }: Namespaces,
): Promise<ReadonlyMap<string, string>> {
  const t = columns(connection, CounterLedger);
  const table = tableName(connection, CounterLedger);
  const [row] = await connection.query<{ others: string | null }[]>(
    `WITH touched AS (
       UPDATE ${table} SET ${t.updatedAt} = now()
        WHERE ${t.namespace} = $1 AND ${t.partition} = ANY(ARRAY(
          SELECT ${t.partition} FROM ${table} WHERE ${t.namespace} = $1 FOR UPDATE SKIP LOCKED)))
     SELECT ${pairsOf('namespace', 'touched')} AS others FROM (${recent(
       connection,
       (it) =>
         `${it} = $2 AND ${t.partition} = ${NOTE} OR ${it} >= $3 AND ${it} < $4 AND ${it} <> $1`,
     )}) AS each`,
    [ledger, counters, ...embeddedRange(counters)],
  );
  return new Map(pairs(row?.others ?? null));
}

export async function removeLedger(connection: SqlConnection, namespace: string): Promise<void> {
  const t = columns(connection, CounterLedger);
  await connection.query(
    `DELETE FROM ${tableName(connection, CounterLedger)} WHERE ${t.namespace} = $1`,
    [namespace],
  );
}

/** A row is looked at again under its lock: its process may have touched it since it was found. */
export async function removeAbandonedLedgers(
  connection: SqlConnection,
  { counters, ledger }: Namespaces,
): Promise<void> {
  const t = columns(connection, CounterLedger);
  const table = tableName(connection, CounterLedger);
  const abandoned = `${t.updatedAt} < now() - interval '7 days'`;
  await connection.query(
    `DELETE FROM ${table} WHERE ${abandoned} AND ctid = ANY(ARRAY(
       SELECT ctid FROM ${table}
        WHERE ${t.namespace} >= $2 AND ${t.namespace} < $3 AND ${t.namespace} <> $1 AND ${abandoned}
        LIMIT 1000 FOR UPDATE SKIP LOCKED))`,
    [ledger, ...embeddedRange(counters)],
  );
}
