import { columns, tableName } from '../dialects/table-names.js';
import { CounterOutbox } from '../entities/counter-outbox.entity.js';
import type { SqliteSession } from '../sqlite/session.js';
import { digits, list, NOW, timeText } from '../sqlite/statements/texts.js';
import { MOST_LOOKED_AT, NO_INTERVAL, type OutboxRow, windowsText } from './outbox.js';
import {
  type FoundRefusal,
  type FoundRow,
  type FoundState,
  intoColumns,
} from './outbox-statements.js';

const milliseconds = (days: string): string => digits(`round((${days}) * 86400000)`);

const sinceEpoch = (moment: string): string =>
  milliseconds(`julianday(${moment}) - julianday('1970-01-01')`);

const placesFor = (values: readonly string[]): string => `(${list(values.map(() => '?'))})`;

export function insert(
  session: SqliteSession,
  namespace: string,
  rows: readonly OutboxRow[],
): void {
  const t = columns(session, CounterOutbox);
  const statement = session.prepare(
    `INSERT INTO ${tableName(session, CounterOutbox)} (${list(intoColumns(t))})
     VALUES (?, ?, ?, CAST(? AS INTEGER), ?, ?, ?, ?, '', '')`,
  );
  for (const row of rows) {
    const { id, name, delta, updateInterval = NO_INTERVAL } = row;
    const made = timeText(row.madeAt);
    statement.all([namespace, id, name, delta, windowsText(row), updateInterval, made, made]);
  }
}

/** Rows that are not refused, the oldest first. */
export function waiting(
  session: SqliteSession,
  namespace: string,
  { ids, limit }: { ids?: readonly string[]; limit: number },
): FoundRow[] {
  const t = columns(session, CounterOutbox);
  const asked = ids === undefined ? '' : `AND ${t.id} IN ${placesFor(ids)}`;
  return session.query<FoundRow>(
    `SELECT ${t.id} AS id, ${t.name} AS name, ${digits(t.delta)} AS delta, ${t.windows} AS windows,
            ${digits(t.updateInterval)} AS update_interval, ${sinceEpoch(t.madeAt)} AS made_at,
            ${milliseconds(`julianday('now') - julianday(${t.takenAt})`)} AS taken_for, ${t.takenBy} AS taken_by
       FROM ${tableName(session, CounterOutbox)} WHERE ${t.namespace} = ? AND ${t.refused} = '' ${asked}
      ORDER BY ${t.id} LIMIT ${limit}`,
    [namespace, ...(ids ?? [])],
  );
}

/** Notes where rows are counted, and that it begins now. */
export function mark(
  session: SqliteSession,
  namespace: string,
  ids: readonly string[],
  by: string,
): void {
  const t = columns(session, CounterOutbox);
  session.query(
    `UPDATE ${tableName(session, CounterOutbox)} SET ${t.takenAt} = ${NOW}, ${t.takenBy} = ?
      WHERE ${t.namespace} = ? AND ${t.id} IN ${placesFor(ids)}`,
    [by, namespace, ...ids],
  );
}

export function remove(session: SqliteSession, namespace: string, ids: readonly string[]): void {
  const t = columns(session, CounterOutbox);
  session.query(
    `DELETE FROM ${tableName(session, CounterOutbox)} WHERE ${t.namespace} = ? AND ${t.id} IN ${placesFor(ids)}`,
    [namespace, ...ids],
  );
}

export function refuse(
  session: SqliteSession,
  namespace: string,
  ids: readonly string[],
  reason: string,
): void {
  const t = columns(session, CounterOutbox);
  session.query(
    `UPDATE ${tableName(session, CounterOutbox)} SET ${t.refused} = ?
      WHERE ${t.namespace} = ? AND ${t.refused} = '' AND ${t.id} IN ${placesFor(ids)}`,
    [reason, namespace, ...ids],
  );
}

export function refused(
  session: SqliteSession,
  namespace: string,
  after: string,
  limit: number,
): FoundRefusal[] {
  const t = columns(session, CounterOutbox);
  return session.query<FoundRefusal>(
    `SELECT ${t.id} AS id, ${t.name} AS name, ${digits(t.delta)} AS delta, ${t.windows} AS windows,
            ${sinceEpoch(t.madeAt)} AS made_at, ${t.refused} AS reason
       FROM ${tableName(session, CounterOutbox)}
      WHERE ${t.namespace} = ? AND ${t.id} > ? AND ${t.refused} <> '' ORDER BY ${t.id} LIMIT ${limit}`,
    [namespace, after],
  );
}

/** Those of these that are refused. */
export function refusedOf(
  session: SqliteSession,
  namespace: string,
  ids: readonly string[],
): string[] {
  const t = columns(session, CounterOutbox);
  const found = session.query<{ id: string }>(
    `SELECT ${t.id} AS id FROM ${tableName(session, CounterOutbox)}
      WHERE ${t.namespace} = ? AND ${t.refused} <> '' AND ${t.id} IN ${placesFor(ids)}`,
    [namespace, ...ids],
  );
  return found.map(({ id }) => id);
}

/** As if nobody had taken them. */
export function release(session: SqliteSession, namespace: string, ids: readonly string[]): void {
  const t = columns(session, CounterOutbox);
  session.query(
    `UPDATE ${tableName(session, CounterOutbox)} SET ${t.refused} = '', ${t.takenBy} = ''
      WHERE ${t.namespace} = ? AND ${t.id} IN ${placesFor(ids)}`,
    [namespace, ...ids],
  );
}

export function last(session: SqliteSession, namespace: string): string | undefined {
  const t = columns(session, CounterOutbox);
  const [row] = session.query<{ id: string }>(
    `SELECT ${t.id} AS id FROM ${tableName(session, CounterOutbox)}
      WHERE ${t.namespace} = ? ORDER BY ${t.id} DESC LIMIT 1`,
    [namespace],
  );
  return row?.id;
}

export function state(session: SqliteSession, namespace: string): FoundState {
  const t = columns(session, CounterOutbox);
  const firstThat = (is: string): string =>
    `SELECT ${t.madeAt} AS made FROM ${tableName(session, CounterOutbox)}
      WHERE ${t.namespace} = ? AND ${t.refused} ${is} '' ORDER BY ${t.id} LIMIT ${MOST_LOOKED_AT}`;
  const [row] = session.query<FoundState>(
    `SELECT ${digits('count(*)')} AS waiting, (SELECT ${digits('count(*)')} FROM (${firstThat('<>')})) AS refused,
            ${sinceEpoch('min(made)')} AS oldest FROM (${firstThat('=')})`,
    [namespace, namespace],
  );
  return row ?? { waiting: '0', refused: '0', oldest: null };
}
