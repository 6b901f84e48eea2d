import { INT64_MAX, INT64_MIN, type Int64String } from '../../../words/int64.js';
import { parseName } from '../../../words/bucket-name.js';
import type { RowKind } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { Counter } from '../../entities/counter.entity.js';
import type { SqliteSession, Texts } from '../session.js';
import { digits, list, NOW, timeText, whole } from './texts.js';

/** Rows of one of the two tables, as statements name them. */
export interface RowTable {
  readonly table: string;
  /** The columns of the primary key. */
  readonly key: readonly string[];
  readonly value: string;
  /** Columns that get these values when a row is made. */
  readonly made: Readonly<Record<string, string>>;
  /** Columns that get these values whenever a row is written. */
  readonly written: Readonly<Record<string, string>>;
}

export function rowTable(session: SqliteSession, kind: RowKind): RowTable {
  if (kind === 'counter') {
    const { namespace, name, value, createdAt, updatedAt } = columns(session, Counter);
    return {
      table: tableName(session, Counter),
      ...{ key: [namespace, name], value },
      ...{ made: { [createdAt]: NOW }, written: { [updatedAt]: NOW } },
    };
  }
  const { namespace, name, window, startsAt, value, updatedAt } = columns(session, CounterBucket);
  return {
    table: tableName(session, CounterBucket),
    ...{ key: [namespace, name, window, startsAt], value },
    ...{ made: {}, written: { [updatedAt]: NOW } },
  };
}

/** The key of a row by the name that the cache has for it, behind the namespace. */
export function keyOf(name: string): readonly string[] {
  const { counter, bucket } = parseName(name);
  return bucket === undefined ? [counter] : [counter, bucket.window, timeText(bucket.start)];
}

/**
 * Adds to a row, or makes it, and answers the value after it. It answers no row where the sum would leave the 64-bit range: that is
 * found by a difference, as SQLite makes a rounded number of such a sum. A trigger may keep it from answering too.
 */
export function upsert({ table, key, value, made, written }: RowTable): string {
  const set = { ...made, ...written };
  const stored = whole(`stored.${value}`);
  const given = `excluded.${value}`;
  const rewritten = Object.keys(written).map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${table} AS stored (${list([...key, value, ...Object.keys(set)])})
    VALUES (${list([...key.map(() => '?'), whole('?'), ...Object.values(set)])})
    ON CONFLICT (${list(key)}) DO UPDATE SET ${list([`${value} = ${stored} + ${given}`, ...rewritten])}
    WHERE CASE WHEN ${given} > 0 THEN ${stored} <= ${INT64_MAX} - ${given} ELSE ${stored} >= ${INT64_MIN} - ${given} END
    RETURNING ${digits(value)} AS value`;
}

/** The value of a row. */
export function look(
  session: SqliteSession,
  { table, key, value }: RowTable,
  of: readonly string[],
): Int64String | undefined {
  const where = key.map((column) => `${column} = ?`).join(' AND ');
  const [row] = session.query<Texts<'value'>>(
    `SELECT ${digits(value)} AS value FROM ${table} WHERE ${where}`,
    of,
  );
  return row?.value;
}

/** Removes a row that is at zero. */
export function removeZeroRow(
  session: SqliteSession,
  { table, key, value }: RowTable,
  namespace: string,
  name: string,
): void {
  const where = key.map((column) => `${column} = ?`).join(' AND ');
  session.query(`DELETE FROM ${table} WHERE ${where} AND ${value} = 0`, [
    namespace,
    ...keyOf(name),
  ]);
}
