import type { BucketWindow } from '../../../words/bucket-name.js';
import { inRange } from '../../../words/int64.js';
import type { BucketMove, BucketStart } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import type { SqliteSession, Texts } from '../session.js';
import { digits, NOW, parseTime, timeText, whole } from './texts.js';

export function bucketStarts(session: SqliteSession, namespace: string): BucketStart[] {
  const b = columns(session, CounterBucket);
  const found = session.query<Texts<'start' | 'amount'> & { span: BucketWindow }>(
    `SELECT ${b.window} AS span, ${b.startsAt} AS start, CAST(COUNT(*) AS TEXT) AS amount
       FROM ${tableName(session, CounterBucket)} WHERE ${b.namespace} = ?
      GROUP BY ${b.window}, ${b.startsAt} ORDER BY ${b.window}, ${b.startsAt}`,
    [namespace],
  );
  return found.map(({ span, start, amount }) => ({
    window: span,
    start: parseTime(start).getTime(),
    rows: Number(amount),
  }));
}

/** Row by row: sums are computed here, as those of SQLite are rounded beyond the range. */
export function joinBuckets(
  session: SqliteSession,
  namespace: string,
  { window, from, to }: BucketMove,
  dryRun: boolean,
): { joined: number; tooLarge: readonly string[] } {
  const b = columns(session, CounterBucket);
  const table = tableName(session, CounterBucket);
  const found = session.query<Texts<'name' | 'value' | 'other'>>(
    `SELECT held.${b.name} AS name, ${digits(`held.${b.value}`)} AS value, COALESCE(${digits(`other.${b.value}`)}, '0') AS other
       FROM ${table} AS held LEFT JOIN ${table} AS other
         ON other.${b.namespace} = held.${b.namespace} AND other.${b.name} = held.${b.name}
        AND other.${b.window} = held.${b.window} AND other.${b.startsAt} = ?
      WHERE held.${b.namespace} = ? AND held.${b.window} = ? AND held.${b.startsAt} = ? ORDER BY held.${b.name}`,
    [timeText(to), namespace, window, timeText(from)],
  );
  const sums = found.map(({ name, value, other }) => ({
    name,
    total: BigInt(value) + BigInt(other),
  }));
  const fitting = sums.filter(({ total }) => inRange(total));
  if (!dryRun) {
    for (const { name, total } of fitting) {
      session.query(
        `INSERT INTO ${table} (${[b.namespace, b.name, b.window, b.startsAt, b.value, b.updatedAt].join(', ')})
         VALUES (?, ?, ?, ?, ${whole('?')}, ${NOW})
         ON CONFLICT (${b.namespace}, ${b.name}, ${b.window}, ${b.startsAt})
         DO UPDATE SET ${b.value} = excluded.${b.value}, ${b.updatedAt} = excluded.${b.updatedAt}`,
        [namespace, name, window, timeText(to), String(total)],
      );
      session.query(
        `DELETE FROM ${table} WHERE ${b.namespace} = ? AND ${b.name} = ? AND ${b.window} = ? AND ${b.startsAt} = ?`,
        [namespace, name, window, timeText(from)],
      );
    }
  }
  const tooLarge = sums.filter(({ total }) => !inRange(total)).map(({ name }) => name);
  return { joined: fitting.length, tooLarge };
}
