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

/** With the name that the cache has for it. */
export type NamedBucket<Given = unknown> = Given & {
  name: string;
  counter: string;
  bucket: Bucket;
};

const MINUTE = 60_000;

export function splitNames<Given extends { name: string }>(
  given: readonly Given[],
): { counters: Given[]; buckets: NamedBucket<Given>[] } {
  const counters: Given[] = [];
  const buckets: NamedBucket<Given>[] = [];
  for (const one of given) {
    const { counter, bucket } = parseName(one.name);
    if (bucket === undefined) counters.push(one);
    else buckets.push({ ...one, counter, bucket });
  }
  return { counters, buckets };
}

export const startMinute = ({ start }: Bucket): number => start / MINUTE;

export function nameOf({ name, window, minute }: Omit<BucketRow, 'value'>): string {
  if (window === null) return name;
  return bucketName(name, bucketSuffix({ window, start: Number(minute) * MINUTE }));
}

/** As parameters: counters, windows, minutes since 1970. */
export const bucketParameters = (buckets: readonly NamedBucket[]): unknown[] =>
  buckets.length === 0
    ? []
    : [
        buckets.map(({ counter }) => counter),
        buckets.map(({ bucket }) => bucket.window),
        buckets.map(({ bucket }) => startMinute(bucket)),
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
