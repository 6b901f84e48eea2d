import type { EntityManager } from 'typeorm';
import {
  type Bucket,
  bucketName,
  bucketSuffix,
  type CountWindow,
  parseName,
} from '../../cache/bucket-name.js';
import { CounterBucket } from '../counter-bucket.entity.js';
import { columns, tableName } from './table-names.js';

/** A bucket as a statement answers it; without a window it is a counter. */
export interface BucketRow {
  name: string;
  window: CountWindow | null;
  minute: string | null;
  value: string;
}

interface NamedBucket {
  /** As the cache has it. */
  name: string;
  counter: string;
  bucket: Bucket;
}

const MINUTE = 60_000;

export function splitNames(names: readonly string[]): {
  counters: string[];
  buckets: NamedBucket[];
} {
  const counters: string[] = [];
  const buckets: NamedBucket[] = [];
  for (const name of names) {
    const { counter, bucket } = parseName(name);
    if (bucket === undefined) counters.push(name);
    else buckets.push({ name, counter, bucket });
  }
  return { counters, buckets };
}

export function nameOf({ name, window, minute }: Omit<BucketRow, 'value'>): string {
  if (window === null) return name;
  return bucketName(name, bucketSuffix({ window, start: Number(minute) * MINUTE }));
}

const toMap = (rows: readonly BucketRow[]): Map<string, bigint> =>
  new Map(rows.map(({ value, ...row }) => [nameOf(row), BigInt(value)]));

/** As parameters: counters, windows, minutes since 1970. */
export const bucketParameters = (buckets: readonly NamedBucket[]): unknown[] =>
  buckets.length === 0
    ? []
    : [
        buckets.map(({ counter }) => counter),
        buckets.map(({ bucket }) => bucket.window),
        buckets.map(({ bucket }) => bucket.start / MINUTE),
      ];

const asked = (first: number): string =>
  `unnest($${first}::text[], $${first + 1}::text[], $${first + 2}::bigint[])`;

/** A branch of `readValues`: the namespace is parameter 1, the buckets are parameters 5 to 7. */
export function selectBuckets(manager: EntityManager): string {
  const b = columns(manager, CounterBucket);
  return `SELECT NULL::int, bucket.${b.name}, bucket.${b.window}, asked.minute, bucket.${b.value}
    FROM ${asked(5)} AS asked(name, span, minute)
    JOIN ${tableName(manager, CounterBucket)} AS bucket
      ON bucket.${b.namespace} = $1 AND bucket.${b.name} = asked.name
     AND bucket.${b.window} = asked.span AND bucket.${b.startsAt} = to_timestamp(asked.minute * 60)`;
}

export async function lockBuckets(
  manager: EntityManager,
  namespace: string,
  buckets: readonly NamedBucket[],
): Promise<Map<string, bigint>> {
  if (buckets.length === 0) return new Map();
  const b = columns(manager, CounterBucket);
  const rows = await manager.query<BucketRow[]>(
    `SELECT bucket.${b.name} AS name, bucket.${b.window} AS "window", asked.minute AS minute, bucket.${b.value} AS value
       FROM ${asked(2)} AS asked(name, span, minute)
       JOIN ${tableName(manager, CounterBucket)} AS bucket
         ON bucket.${b.namespace} = $1 AND bucket.${b.name} = asked.name
        AND bucket.${b.window} = asked.span AND bucket.${b.startsAt} = to_timestamp(asked.minute * 60)
      ORDER BY bucket.${b.name}, bucket.${b.window}, bucket.${b.startsAt} FOR UPDATE OF bucket`,
    [namespace, ...bucketParameters(buckets)],
  );
  return toMap(rows);
}

export async function addToBuckets(
  manager: EntityManager,
  namespace: string,
  buckets: readonly NamedBucket[],
  deltas: readonly (string | undefined)[],
): Promise<Map<string, bigint>> {
  if (buckets.length === 0) return new Map();
  const b = columns(manager, CounterBucket);
  const rows = await manager.query<BucketRow[]>(
    `INSERT INTO ${tableName(manager, CounterBucket)} AS bucket
       (${b.namespace}, ${b.name}, ${b.window}, ${b.startsAt}, ${b.value}, ${b.updatedAt})
     SELECT $1, added.name, added.span, to_timestamp(added.minute * 60), added.delta, now()
       FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS added(name, span, minute, delta)
     ON CONFLICT (${b.namespace}, ${b.name}, ${b.window}, ${b.startsAt}) DO UPDATE
       SET ${b.value} = bucket.${b.value} + excluded.${b.value}, ${b.updatedAt} = excluded.${b.updatedAt}
     RETURNING bucket.${b.name} AS name, bucket.${b.window} AS "window",
       (extract(epoch FROM bucket.${b.startsAt}) / 60)::bigint AS minute, bucket.${b.value} AS value`,
    [namespace, ...bucketParameters(buckets), deltas],
  );
  return toMap(rows);
}

export async function deleteBuckets(
  manager: EntityManager,
  namespace: string,
  window: CountWindow,
  before: Date,
  limit: number,
): Promise<number> {
  const b = columns(manager, CounterBucket);
  const table = tableName(manager, CounterBucket);
  const [{ deleted } = { deleted: '0' }] = await manager.query<{ deleted: string }[]>(
    `WITH gone AS (
       DELETE FROM ${table} WHERE ctid IN (
         SELECT ctid FROM ${table}
          WHERE ${b.namespace} = $1 AND ${b.window} = $2 AND ${b.startsAt} < $3
          LIMIT $4 FOR UPDATE SKIP LOCKED)
       RETURNING 1)
     SELECT count(*) AS deleted FROM gone`,
    [namespace, window, before, limit],
  );
  return Number(deleted);
}
