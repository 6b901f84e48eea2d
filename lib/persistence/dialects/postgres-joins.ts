import type { EntityManager } from 'typeorm';
import { INT64_MAX, INT64_MIN } from '../../cache/int64.js';
import type { CountWindow } from '../../cache/bucket-name.js';
import { CounterBucket } from '../counter-bucket.entity.js';
import { CounterLedger } from '../ledger.entity.js';
import type { BucketMove, BucketStart } from './sql-dialect.js';
import { columns, tableName } from './table-names.js';

const MINUTE = 60_000;

export async function lockLedgers(manager: EntityManager, namespace: string): Promise<void> {
  const l = columns(manager, CounterLedger);
  // those of embedded processes have the process behind an @
  await manager.query(
    `SELECT 1 FROM ${tableName(manager, CounterLedger)}
      WHERE ${l.namespace} = $1 OR starts_with(${l.namespace}, $1 || '@')
      ORDER BY ${l.namespace}, ${l.partition} FOR UPDATE`,
    [namespace],
  );
}

export async function bucketStarts(
  manager: EntityManager,
  namespace: string,
): Promise<BucketStart[]> {
  const b = columns(manager, CounterBucket);
  // as text: an application may parse other types in its own way
  const found = await manager.query<{ span: CountWindow; start: string; amount: string }[]>(
    `SELECT ${b.window} AS span, (extract(epoch FROM ${b.startsAt}) * 1000)::bigint::text AS start,
            count(*)::text AS amount
       FROM ${tableName(manager, CounterBucket)} WHERE ${b.namespace} = $1
      GROUP BY ${b.window}, ${b.startsAt} ORDER BY ${b.window}, ${b.startsAt}`,
    [namespace],
  );
  return found.map(({ span, start, amount }) => ({
    window: span,
    start: Number(start),
    rows: Number(amount),
  }));
}

export async function joinBuckets(
  manager: EntityManager,
  namespace: string,
  { window, from, to }: BucketMove,
  dryRun: boolean,
): Promise<{ joined: number; tooLarge: readonly string[] }> {
  const b = columns(manager, CounterBucket);
  const table = tableName(manager, CounterBucket);
  const sums = `sums AS MATERIALIZED (
      SELECT misplaced.${b.name} AS name,
             misplaced.${b.value}::numeric + coalesce(other.${b.value}, 0) AS total
        FROM ${table} AS misplaced
        LEFT JOIN ${table} AS other
          ON other.${b.namespace} = $1 AND other.${b.name} = misplaced.${b.name}
         AND other.${b.window} = $2 AND other.${b.startsAt} = to_timestamp($4::bigint * 60)
       WHERE misplaced.${b.namespace} = $1 AND misplaced.${b.window} = $2
         AND misplaced.${b.startsAt} = to_timestamp($3::bigint * 60)),
    fitting AS MATERIALIZED (
      SELECT name, total FROM sums WHERE total BETWEEN ${INT64_MIN} AND ${INT64_MAX})`;
  const changes = `,
    added AS (
      INSERT INTO ${table} (${b.namespace}, ${b.name}, ${b.window}, ${b.startsAt}, ${b.value}, ${b.updatedAt})
      SELECT $1, name, $2, to_timestamp($4::bigint * 60), total::bigint, now() FROM fitting
      ON CONFLICT (${b.namespace}, ${b.name}, ${b.window}, ${b.startsAt})
      DO UPDATE SET ${b.value} = EXCLUDED.${b.value}, ${b.updatedAt} = EXCLUDED.${b.updatedAt}),
    gone AS (
      DELETE FROM ${table} AS misplaced USING fitting
       WHERE misplaced.${b.namespace} = $1 AND misplaced.${b.name} = fitting.name
         AND misplaced.${b.window} = $2 AND misplaced.${b.startsAt} = to_timestamp($3::bigint * 60))`;
  const [row] = await manager.query<{ joined: string; large: string | null }[]>(
    `WITH ${sums}${dryRun ? '' : changes}
     SELECT (SELECT count(*) FROM fitting)::text AS joined,
            (SELECT string_agg(name, chr(10) ORDER BY name) FROM sums
              WHERE total NOT BETWEEN ${INT64_MIN} AND ${INT64_MAX}) AS large`,
    [namespace, window, from / MINUTE, to / MINUTE],
  );
  return { joined: Number(row?.joined ?? 0), tooLarge: row?.large?.split('\n') ?? [] };
}
