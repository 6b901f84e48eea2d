import type { NotedServer, ServerNote } from '../../../words/server-notes.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { SqliteSession, Texts } from '../session.js';
import { at, NOW } from './texts.js';

/** The row that says which Redis counts a namespace: no partition has this number. */
export const NOTE = -1;

export function readNote(session: SqliteSession, namespace: string): NotedServer | undefined {
  const l = columns(session, CounterLedger);
  const age = `CAST(round((julianday('now') - julianday(${l.updatedAt})) * 86400000) AS INTEGER)`;
  const [row] = session.query<Texts<'identity' | 'words' | 'age'>>(
    `SELECT ${l.nonce} AS identity, ${l.leftOut} AS words, CAST(${age} AS TEXT) AS age
       FROM ${tableName(session, CounterLedger)} WHERE ${l.namespace} = ? AND ${l.partition} = ${NOTE}`,
    [namespace],
  );
  if (row === undefined) return undefined;
  const [place, process] = JSON.parse(row.words) as unknown[];
  const { identity } = row;
  return { identity, place: String(place), process: String(process), age: Number(row.age) };
}

/** Answers the former note. */
export function writeNote(
  session: SqliteSession,
  namespace: string,
  { identity, place, process }: ServerNote,
): NotedServer | undefined {
  const before = readNote(session, namespace);
  const l = columns(session, CounterLedger);
  const written = [l.nonce, l.leftOut, l.updatedAt];
  session.query(
    `INSERT INTO ${tableName(session, CounterLedger)} (${l.namespace}, ${l.partition}, ${l.seq}, ${written.join(', ')})
     VALUES (?, ${NOTE}, 0, ?, ?, ${NOW})
     ON CONFLICT (${l.namespace}, ${l.partition}) DO UPDATE SET ${written.map((it) => `${it} = excluded.${it}`).join(', ')}`,
    [namespace, identity, JSON.stringify([place, process])],
  );
  return before;
}

/** It stays as one of long ago. */
export function outdateNote(session: SqliteSession, namespace: string, process: string): void {
  const l = columns(session, CounterLedger);
  session.query(
    `UPDATE ${tableName(session, CounterLedger)} SET ${l.updatedAt} = ${at('-1 day')}
      WHERE ${l.namespace} = ? AND ${l.partition} = ${NOTE} AND json_extract(${l.leftOut}, '$[1]') = ?`,
    [namespace, process],
  );
}
