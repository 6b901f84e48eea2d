import type { EntityManager } from 'typeorm';
import { type Bucket, parseName } from '../../cache/bucket-name.js';
import { CounterBucket } from '../counter-bucket.entity.js';
import { numbers, pairsOf, texts, textsOf } from './postgres-lists.js';
import type { ExpiredBuckets } from './sql-dialect.js';
import { columns, tableName } from './table-names.js';

const MINUTE = 60_000;

/** With the name that the cache has for it. */
export type NamedBucket<Given = unknown> = Given & {
  name: string;
  counter: string;
  bucket: Bucket;
};

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

/** As parameters: names, counters, windows, minutes since 1970. */
export const bucketLists = (buckets: readonly NamedBucket[]): string[] => [
  texts(buckets.map(({ name }) => name)),
  texts(buckets.map(({ counter }) => counter)),
  texts(buckets.map(({ bucket }) => bucket.window)),
  numbers(buckets.map(({ bucket }) => bucket.start / MINUTE)),
];

/** Values of buckets that are parameters 5 to 8, in the namespace that is parameter 1. */
export function selectBuckets(manager: EntityManager): string {
  const b = columns(manager, CounterBucket);
  return `SELECT ${pairsOf('asked.name', `bucket.${b.value}`)}
    FROM unnest(${textsOf('$5')}, ${textsOf('$6')}, ${textsOf('$7')}, $8::bigint[])
      AS asked(name, counter, span, minute)
    JOIN ${tableName(manager, CounterBucket)} AS bucket
      ON bucket.${b.namespace} = $1 AND bucket.${b.name} = asked.counter
     AND bucket.${b.window} = asked.span AND bucket.${b.startsAt} = to_timestamp(asked.minute * 60)`;
}

export async function deleteBuckets(
  manager: EntityManager,
  namespace: string,
  { window, before, clock }: ExpiredBuckets,
  limit: number,
): Promise<number> {
  const b = columns(manager, CounterBucket);
  const table = tableName(manager, CounterBucket);
  const [{ deleted } = { deleted: '0' }] = await manager.query<{ deleted: string }[]>(
    `WITH gone AS (
       DELETE FROM ${table} WHERE ctid IN (
         SELECT ctid FROM ${table}
          WHERE ${b.namespace} = $1 AND ${b.window} = $2 AND ${b.startsAt} < $3
            AND $5::timestamptz <= now() + interval '1 hour'
          LIMIT $4 FOR UPDATE SKIP LOCKED)
       RETURNING 1)
     SELECT count(*) AS deleted FROM gone`,
    [namespace, window, before, limit, clock],
  );
  return Number(deleted);
}
