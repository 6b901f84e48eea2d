import { columns, tableName } from '../dialects/table-names.js';
import { CounterImport } from '../entities/counter-import.entity.js';
import type { SqliteSession } from '../sqlite/session.js';
import { digits, list, timeText } from '../sqlite/statements/texts.js';
import { intoColumns } from './import-statements.js';
import { type FoundImport, type ImportRange, type ImportRow, PAGE } from './imports.js';

export function insert(
  session: SqliteSession,
  namespace: string,
  { id, begins, ends, digests, madeAt }: ImportRow,
): void {
  const t = columns(session, CounterImport);
  session.query(
    `INSERT INTO ${tableName(session, CounterImport)} (${list(intoColumns(t))}) VALUES (?, ?, ?, ?, ?, ?)`,
    [namespace, timeText(ends), id, timeText(begins), digests, timeText(madeAt)],
  );
}

export function overlapping(
  session: SqliteSession,
  namespace: string,
  { begins, ends, after }: ImportRange,
): FoundImport[] {
  const t = columns(session, CounterImport);
  const table = tableName(session, CounterImport);
  const behind = after === undefined ? '' : `AND (${table}.${t.endsAt}, ${table}.${t.id}) > (?, ?)`;
  return session.query<FoundImport>(
    `SELECT ${t.id} AS id, ${digits(`round((julianday(${t.endsAt}) - julianday('1970-01-01')) * 86400000)`)} AS ends,
            ${t.digests} AS digests
       FROM ${table} WHERE ${t.namespace} = ? AND ${t.endsAt} >= ? AND ${t.beginsAt} <= ? ${behind}
      ORDER BY ${table}.${t.endsAt}, ${table}.${t.id} LIMIT ${PAGE}`,
    [
      ...[namespace, timeText(begins), timeText(ends)],
      ...(after === undefined ? [] : [timeText(after.ends), after.id]),
    ],
  );
}
