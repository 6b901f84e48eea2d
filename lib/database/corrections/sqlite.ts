import { endOf } from '../dialects/end-of-prefix.js';
import { columns, tableName } from '../dialects/table-names.js';
import { CounterCorrection } from '../entities/counter-correction.entity.js';
import type { SqliteSession } from '../sqlite/session.js';
import { digits, list, timeText } from '../sqlite/statements/texts.js';
import { intoColumns } from './correction-statements.js';
import {
  type CorrectedWindow,
  type CorrectionPlace,
  type CorrectionQuery,
  type CorrectionRow,
  type FoundCorrection,
  partsOf,
  windowsText,
} from './corrections.js';

type Names = Record<keyof CounterCorrection, string>;

const milliseconds = (column: string): string =>
  digits(`round((julianday(${column}) - julianday('1970-01-01')) * 86400000)`);

const selected = (t: Names): string =>
  list([
    ...[`${t.name} AS name`, `${milliseconds(t.startsAt)} AS starts`, `${t.window} AS time_window`],
    ...[`${t.id} AS id`, `${digits(t.delta)} AS delta`, `${t.windows} AS windows`],
    ...[`${t.closed} AS closed`, `${t.reason} AS reason`],
    ...[`${t.madeBy} AS made_by`, `${milliseconds(t.madeAt)} AS made`],
  ]);

const ofWindow = (t: Names): string =>
  `${t.namespace} = ? AND ${t.name} = ? AND ${t.startsAt} = ? AND ${t.window} = ?`;

const keyOf = (namespace: string, { name, start, window }: CorrectedWindow): string[] => [
  ...[namespace, name, timeText(start), window],
];

export function insert(session: SqliteSession, namespace: string, row: CorrectionRow): void {
  const t = columns(session, CounterCorrection);
  session.query(
    `INSERT INTO ${tableName(session, CounterCorrection)} (${list(intoColumns(t))})
     VALUES (?, ?, ?, ?, ?, CAST(? AS INTEGER), ?, ?, ?, ?, ?)`,
    [
      ...[...keyOf(namespace, row), row.id, row.delta],
      ...[windowsText(row.windows), windowsText(row.closed)],
      ...[row.reason, row.by, timeText(row.madeAt)],
    ],
  );
}

export function find(
  session: SqliteSession,
  namespace: string,
  place: CorrectionPlace,
): FoundCorrection | undefined {
  const t = columns(session, CounterCorrection);
  const [row] = session.query<FoundCorrection>(
    `SELECT ${selected(t)} FROM ${tableName(session, CounterCorrection)} WHERE ${ofWindow(t)} AND ${t.id} = ?`,
    [...keyOf(namespace, place), place.id],
  );
  return row;
}

export function count(session: SqliteSession, namespace: string, name: string): number {
  const t = columns(session, CounterCorrection);
  const [row] = session.query<{ found: string }>(
    `SELECT ${digits('count(*)')} AS found FROM ${tableName(session, CounterCorrection)}
      WHERE ${t.namespace} = ? AND ${t.name} = ?`,
    [namespace, name],
  );
  return Number(row?.found);
}

export function page(
  session: SqliteSession,
  namespace: string,
  { name, withParts, window, from, to, after, limit }: CorrectionQuery,
): FoundCorrection[] {
  const t = columns(session, CounterCorrection);
  const table = tableName(session, CounterCorrection);
  const parts = partsOf(name);
  const place = list([t.name, t.startsAt, t.window, t.id].map((column) => `${table}.${column}`));
  const isPart = withParts ? `OR (${t.name} >= ? AND ${t.name} < ?)` : '';
  const behind = after === undefined ? '' : `AND (${place}) > (?, ?, ?, ?)`;
  return session.query<FoundCorrection>(
    `SELECT ${selected(t)} FROM ${table}
      WHERE ${t.namespace} = ? AND (${t.name} = ? ${isPart}) AND ${t.startsAt} >= ? AND ${t.startsAt} < ?
        AND (${t.window} = ? OR instr(${t.windows}, ?) > 0) ${behind}
      ORDER BY ${place} LIMIT ${limit}`,
    [
      ...[namespace, name, ...(withParts ? [parts, endOf(parts)] : [])],
      ...[timeText(from), timeText(to), window, window],
      ...(after === undefined ? [] : [after.name, timeText(after.start), after.window, after.id]),
    ],
  );
}
