import { CounterLedger } from '../../entities/ledger.entity.js';
import type { NotedServer, ServerNote } from '../../../words/server-notes.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { columns, tableName } from '../../dialects/table-names.js';

/** The row that says which Redis counts a namespace: no partition has this number. */
export const NOTE = -1;

interface FoundNote {
  identity: string;
  /** A list: the place, and the process that noted it. */
  words: string;
  age: string;
}

function found(row: FoundNote | undefined): NotedServer | undefined {
  if (row === undefined) return undefined;
  const [place, process] = JSON.parse(row.words) as unknown[];
  const { identity, age } = row;
  return { identity, place: String(place), process: String(process), age: Number(age) };
}

function select(connection: SqlConnection): string {
  const t = columns(connection, CounterLedger);
  return `SELECT ${t.nonce} AS identity, ${t.leftOut} AS words,
      round(extract(epoch FROM now() - ${t.updatedAt}) * 1000)::text AS age
    FROM ${tableName(connection, CounterLedger)} WHERE ${t.namespace} = $1 AND ${t.partition} = ${NOTE}`;
}

export async function readNote(
  connection: SqlConnection,
  namespace: string,
): Promise<NotedServer | undefined> {
  const [row] = await connection.query<FoundNote[]>(select(connection), [namespace]);
  return found(row);
}

export async function writeNote(
  connection: SqlConnection,
  namespace: string,
  { identity, place, process }: ServerNote,
): Promise<NotedServer | undefined> {
  const t = columns(connection, CounterLedger);
  const [row] = await connection.query<FoundNote[]>(
    `WITH before AS MATERIALIZED (${select(connection)}),
     written AS (
       INSERT INTO ${tableName(connection, CounterLedger)}
         (${t.namespace}, ${t.partition}, ${t.seq}, ${t.nonce}, ${t.leftOut}, ${t.updatedAt})
       VALUES ($1, ${NOTE}, 0, $2, $3, now())
       ON CONFLICT (${t.namespace}, ${t.partition}) DO UPDATE
         SET ${[t.nonce, t.leftOut, t.updatedAt].map((it) => `${it} = excluded.${it}`).join(', ')})
     SELECT identity, words, age FROM before`,
    [namespace, identity, JSON.stringify([place, process])],
  );
  return found(row);
}

/** It stays as one of long ago: who may not delete rows may do this. */
export async function outdateNote(
  connection: SqlConnection,
  namespace: string,
  process: string,
): Promise<void> {
  const t = columns(connection, CounterLedger);
  await connection.query(
    `UPDATE ${tableName(connection, CounterLedger)} SET ${t.updatedAt} = now() - interval '1 day'
      WHERE ${t.namespace} = $1 AND ${t.partition} = ${NOTE} AND (${t.leftOut}::jsonb ->> 1) = $2`,
    [namespace, process],
  );
}
