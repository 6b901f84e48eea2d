import { INT64_MAX, INT64_MIN } from '../../../words/int64.js';
import type { BucketWindow } from '../../../words/bucket-name.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import type { BucketMove, BucketStart } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { bytesOf, list, NOW, parseTime, text, time } from './literals.js';

export async function bucketStarts(
  connection: SqlConnection,
  namespace: string,
): Promise<BucketStart[]> {
  const b = columns(connection, CounterBucket);
  const found = await connection.query<{ span: BucketWindow; start: string; amount: string }[]>(
    `SELECT ${b.window} AS span, ${b.startsAt} AS start, COUNT(*) AS amount
       FROM ${tableName(connection, CounterBucket)} WHERE ${b.namespace} = ${text(namespace)}
      GROUP BY ${b.window}, ${b.startsAt} ORDER BY ${b.window}, ${b.startsAt}`,
  );
  return found.map(({ span, start, amount }) => ({
    window: span,
    start: parseTime(start).getTime(),
    rows: Number(amount),
  }));
}

/** In several statements: the ledgers are locked, so no batch comes between them. */
export async function joinBuckets(
  connection: SqlConnection,
  namespace: string,
  { window, from, to }: BucketMove,
  dryRun: boolean,
): Promise<{ joined: number; tooLarge: readonly string[] }> {
  const b = columns(connection, CounterBucket);
  const table = tableName(connection, CounterBucket);
  const span = `${b.namespace} = ${text(namespace)} AND ${b.window} = ${text(window)}`;
  const misplaced = `${span} AND ${b.startsAt} = ${time(from)}`;
  const sums = `SELECT misplaced.${b.name} AS name,
      CAST(misplaced.${b.value} AS DECIMAL(20)) + COALESCE(other.${b.value}, 0) AS total
    FROM (SELECT ${b.name}, ${b.value} FROM ${table} WHERE ${misplaced}) AS misplaced
    LEFT JOIN ${table} AS other ON other.${b.namespace} = ${text(namespace)} AND other.${b.name} = misplaced.${b.name}
     AND other.${b.window} = ${text(window)} AND other.${b.startsAt} = ${time(to)}`;
  const fits = `total BETWEEN ${INT64_MIN} AND ${INT64_MAX}`;
  const large = await connection.query<{ name: string }[]>(
    `SELECT ${bytesOf('name')} AS name FROM (${sums}) AS sums WHERE NOT (${fits}) ORDER BY sums.name`,
  );
  const tooLarge = large.map(({ name }) => name);
  const [counted] = await connection.query<{ joined: string }[]>(
    `SELECT COUNT(*) AS joined FROM (${sums}) AS sums WHERE ${fits}`,
  );
  if (!dryRun) {
    await connection.query(
      `INSERT INTO ${table} (${list([b.namespace, b.name, b.window, b.startsAt, b.value, b.updatedAt])})
       SELECT ${text(namespace)}, name, ${text(window)}, ${time(to)}, total, ${NOW}
         FROM (${sums}) AS sums WHERE ${fits}
       ON DUPLICATE KEY UPDATE ${table}.${b.value} = VALUES(${b.value}), ${table}.${b.updatedAt} = ${NOW}`,
    );
    const kept = tooLarge.length === 0 ? '' : `AND ${b.name} NOT IN (${list(tooLarge.map(text))})`;
    await connection.query(`DELETE FROM ${table} WHERE ${misplaced} ${kept}`);
  }
  return { joined: Number(counted?.joined ?? 0), tooLarge };
}
