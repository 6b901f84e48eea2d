import type { SqlConnection } from '../../dialects/sql-connection.js';
import { INT64_MAX, INT64_MIN } from '../../../words/int64.js';
import type { Bucket, BucketWindow } from '../../../words/bucket-name.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import { numbers, oneRow, texts, textsOf } from './lists.js';
import type { BucketMove, BucketStart } from '../../dialects/sql-dialect.js';
import { embeddedPrefix } from '../../namespaces.js';
import { columns, tableName } from '../../dialects/table-names.js';

const MINUTE = 60_000;

export async function lockLedgers(connection: SqlConnection, namespace: string): Promise<void> {
  const l = columns(connection, CounterLedger);
  await connection.query(
    `SELECT 1 FROM ${tableName(connection, CounterLedger)}
      WHERE ${l.namespace} = $1 OR starts_with(${l.namespace}, $2)
      ORDER BY ${l.namespace}, ${l.partition} FOR UPDATE`,
    [namespace, embeddedPrefix(namespace)],
  );
}

export async function bucketStarts(
  connection: SqlConnection,
  namespace: string,
): Promise<BucketStart[]> {
  const b = columns(connection, CounterBucket);
  // as text: an application may parse other types in its own way
  const found = await connection.query<{ span: BucketWindow; start: string; amount: string }[]>(
    `SELECT ${b.window} AS span, (extract(epoch FROM ${b.startsAt}) * 1000)::bigint::text AS start,
            count(*)::text AS amount
       FROM ${tableName(connection, CounterBucket)} WHERE ${b.namespace} = $1
      GROUP BY ${b.window}, ${b.startsAt} ORDER BY ${b.window}, ${b.startsAt}`,
    [namespace],
  );
  return found.map(({ span, start, amount }) => ({
    window: span,
    start: Number(start),
    rows: Number(amount),
  }));
}

export async function existingStarts(
  connection: SqlConnection,
  namespace: string,
  starts: readonly Bucket[],
): Promise<readonly Bucket[]> {
  const b = columns(connection, CounterBucket);
  const first = oneRow(
    `SELECT 1 FROM ${tableName(connection, CounterBucket)}
      WHERE ${b.namespace} = $1 AND ${b.window} = asked.span
        AND ${b.startsAt} = to_timestamp(asked.minute * 60)`,
  );
  const found = await connection.query<{ place: string }[]>(
    `SELECT place::text FROM unnest(${textsOf('$2')}, $3::bigint[])
            WITH ORDINALITY AS asked(span, minute, place)
      WHERE ${first} IS NOT NULL`,
    [
      namespace,
      texts(starts.map(({ window }) => window)),
      numbers(starts.map(({ start }) => start / MINUTE)),
    ],
  );
  return found.flatMap(({ place }) => starts[Number(place) - 1] ?? []);
}

export async function joinBuckets(
  connection: SqlConnection,
  namespace: string,
  { window, from, to }: BucketMove,
  dryRun: boolean,
): Promise<{ joined: number; tooLarge: readonly string[] }> {
  const b = columns(connection, CounterBucket);
  const table = tableName(connection, CounterBucket);
  const at = (minute: string): string =>
    `${b.namespace} = $1 AND ${b.window} = $2 AND ${b.startsAt} = to_timestamp(${minute}::bigint * 60)`;
  const other = oneRow(
    `SELECT ${b.value} FROM ${table} WHERE ${at('$4')} AND ${b.name} = misplaced.${b.name}`,
  );
  const fits = `total BETWEEN ${INT64_MIN} AND ${INT64_MAX}`;
  const sums = `sums AS MATERIALIZED (
      SELECT ${b.name} AS name, ${b.value}::numeric + coalesce(${other}, 0) AS total
        FROM ${table} AS misplaced WHERE ${at('$3')})`;
  const changes = `
    added AS (
      INSERT INTO ${table}
             (${b.namespace}, ${b.name}, ${b.window}, ${b.startsAt}, ${b.value}, ${b.updatedAt})
      SELECT $1, name, $2, to_timestamp($4::bigint * 60), total::bigint, now() FROM sums WHERE ${fits}
      ON CONFLICT (${b.namespace}, ${b.name}, ${b.window}, ${b.startsAt})
      DO UPDATE SET ${b.value} = EXCLUDED.${b.value}, ${b.updatedAt} = EXCLUDED.${b.updatedAt}),
    gone AS (
      DELETE FROM ${table}
       WHERE ${at('$3')} AND ${b.name} NOT IN (SELECT name FROM sums WHERE NOT (${fits})))`;
  const [row] = await connection.query<{ joined: string; large: string | null }[]>(
    `WITH ${[sums, ...(dryRun ? [] : [changes])].join()}
     SELECT count(*) FILTER (WHERE ${fits})::text AS joined,
            string_agg(name, chr(10) ORDER BY name) FILTER (WHERE NOT (${fits})) AS large
       FROM sums`,
    [namespace, window, from / MINUTE, to / MINUTE],
  );
  return { joined: Number(row?.joined ?? 0), tooLarge: row?.large?.split('\n') ?? [] };
}
