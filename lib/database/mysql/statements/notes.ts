import type { NotedServer, ServerNote } from '../../../words/server-notes.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import { within } from '../transaction.js';
import { NOW, text } from './literals.js';

/** The row that says which Redis counts a namespace: no partition has this number. */
export const NOTE = -1;

interface FoundNote {
  identity: string;
  /** A list: the place, and the process that noted it. */
  words: string;
  age: string;
}

async function find(
  connection: SqlConnection,
  namespace: string,
  lock = '',
): Promise<NotedServer | undefined> {
  const l = columns(connection, CounterLedger);
  const [row] = await connection.query<FoundNote[]>(
    `SELECT CAST(${l.nonce} AS BINARY) AS identity, CAST(${l.leftOut} AS BINARY) AS words,
            TIMESTAMPDIFF(MICROSECOND, ${l.updatedAt}, ${NOW}) DIV 1000 AS age
       FROM ${tableName(connection, CounterLedger)}
      WHERE ${l.namespace} = ${text(namespace)} AND ${l.partition} = ${NOTE} ${lock}`,
  );
  if (row === undefined) return undefined;
  const [place, process] = JSON.parse(row.words) as unknown[];
  const { identity, age } = row;
  return { identity, place: String(place), process: String(process), age: Number(age) };
}

export const readNote = (
  connection: SqlConnection,
  namespace: string,
): Promise<NotedServer | undefined> => find(connection, namespace);

export function writeNote(
  connection: SqlConnection,
  namespace: string,
  { identity, place, process }: ServerNote,
): Promise<NotedServer | undefined> {
  const l = columns(connection, CounterLedger);
  const words = text(JSON.stringify([place, process]));
  return within(connection, async () => {
    const before = await find(connection, namespace, 'FOR UPDATE');
    await connection.query(
      `INSERT INTO ${tableName(connection, CounterLedger)}
         (${l.namespace}, ${l.partition}, ${l.seq}, ${l.nonce}, ${l.leftOut}, ${l.updatedAt})
       VALUES (${text(namespace)}, ${NOTE}, 0, ${text(identity)}, ${words}, ${NOW})
       ON DUPLICATE KEY UPDATE
         ${l.nonce} = ${text(identity)}, ${l.leftOut} = ${words}, ${l.updatedAt} = ${NOW}`,
    );
    return before;
  });
}

/** It stays as one of long ago: who may not delete rows may do this. */
export async function outdateNote(
  connection: SqlConnection,
  namespace: string,
  process: string,
): Promise<void> {
  const l = columns(connection, CounterLedger);
  await connection.query(
    `UPDATE ${tableName(connection, CounterLedger)} SET ${l.updatedAt} = ${NOW} - INTERVAL 1 DAY
      WHERE ${l.namespace} = ${text(namespace)} AND ${l.partition} = ${NOTE}
        AND CAST(JSON_UNQUOTE(JSON_EXTRACT(${l.leftOut}, '$[1]')) AS BINARY) = CAST(${text(process)} AS BINARY)`,
  );
}
