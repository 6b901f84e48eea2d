import type { SqlConnection } from '../../dialects/sql-connection.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { numbers, oneRow, texts, textsOf } from './lists.js';
import type { NamedBucket } from '../../dialects/split-names.js';
import { endOf } from '../../dialects/end-of-prefix.js';
import type { ExpiredBuckets } from '../../dialects/sql-dialect.js';
import type { BucketQuery, TopQuery, TopRow } from '../../counter-store.js';
import {
  bucketName,
  bucketSuffix,
  type BucketWindow,
  parseName,
} from '../../../words/bucket-name.js';
import { columns, tableName } from '../../dialects/table-names.js';

const MINUTE = 60_000;

/** As parameters: names, counters, windows, minutes since 1970. */
export const bucketLists = (buckets: readonly NamedBucket[]): string[] => [
  texts(buckets.map(({ name }) => name)),
  texts(buckets.map(({ counter }) => counter)),
  texts(buckets.map(({ bucket }) => bucket.window)),
  numbers(buckets.map(({ bucket }) => bucket.start / MINUTE)),
];

/**
 * Buckets that are four parameters from this one on, see `bucketLists()`, in the namespace that is parameter 1, with value and place.
 *
 * Asks for the first row that is not before the wanted one, by the order of the primary key, and looks whether that is the
 * one. Equality would be simpler, but the planner may then take the index by windows and times, in which one
 * hour holds a row of every counter.
 */
export function askedBuckets(connection: SqlConnection, first: number): string {
  const b = columns(connection, CounterBucket);
  const key = [b.namespace, b.name, b.window, b.startsAt].join(', ');
  const place = (beyond: number): string => `$${first + beyond}`;
  return `FROM (SELECT given.*, $1::text AS namespace, to_timestamp(minute * 60) AS start
            FROM unnest(${[0, 1, 2].map((each) => textsOf(place(each))).join(', ')}, ${place(3)}::bigint[])
              AS given(name, counter, span, minute) OFFSET 0) AS asked
   CROSS JOIN LATERAL ${oneRow(
     `SELECT ${b.namespace} AS namespace, ${b.name} AS counter, ${b.window} AS span, ${b.startsAt} AS start,
         ${b.value} AS value, ctid AS place
       FROM ${tableName(connection, CounterBucket)}
      WHERE (${key}) >= (asked.namespace, asked.counter, asked.span, asked.start) ORDER BY ${key}`,
   )} AS found
   WHERE (found.namespace, found.counter, found.span, found.start)
       = (asked.namespace, asked.counter, asked.span, asked.start)`;
}

/** In one window by an index on its values, where there is one; see `CounterBucket`. */
export async function topRows(
  connection: SqlConnection,
  namespace: string,
  { window, first, last, prefix, atMost, limit }: TopQuery,
): Promise<TopRow[]> {
  const b = columns(connection, CounterBucket);
  const parameters: unknown[] = [];
  const given = (value: unknown): string => `$${parameters.push(value)}`;
  const time = (start: number): string => `to_timestamp(${given(start / 1000)})`;
  const isOne = first === last;
  const sum = isOne ? `held.${b.value}` : `sum(held.${b.value})`;
  const within = [
    `held.${b.namespace} = ${given(namespace)} AND held.${b.window} = ${given(window)}`,
    `held.${b.startsAt} ${isOne ? `= ${time(first)}` : `BETWEEN ${time(first)} AND ${time(last)}`}`,
    `held.${b.name} >= ${given(prefix)} AND held.${b.name} <= ${given(endOf(prefix))}`,
  ];
  const below = atMost === undefined ? [] : [`${sum} <= ${given(atMost.toString())}::bigint`];
  const [where, having] = isOne ? [[...within, ...below], []] : [within, below];
  const grouping = [`GROUP BY held.${b.name}`, ...having.map((each) => `HAVING ${each}`)].join(' ');
  const rows = await connection.query<{ name: string; value: string }[]>(
    `SELECT held.${b.name} AS name, ${sum}::text AS value FROM ${tableName(connection, CounterBucket)} AS held
      WHERE ${where.join(' AND ')} ${isOne ? '' : grouping}
      ORDER BY ${sum} DESC, held.${b.name} DESC LIMIT ${given(limit)}`,
    parameters,
  );
  return rows.map(({ name, value }) => ({ name, value: BigInt(value) }));
}

/** The oldest first, in the order of the index, each by its place: no step goes through the whole table. */
export async function deleteBuckets(
  connection: SqlConnection,
  namespace: string,
  { window, before, clock }: ExpiredBuckets,
  limit: number,
): Promise<number> {
  const b = columns(connection, CounterBucket);
  const table = tableName(connection, CounterBucket);
  const [{ deleted } = { deleted: '0' }] = await connection.query<{ deleted: string }[]>(
    `WITH gone AS (
       DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM ${table}
          WHERE ${b.namespace} = $1 AND ${b.window} = $2 AND ${b.startsAt} < $3
            AND $5::timestamptz <= now() + interval '1 hour'
          ORDER BY ${b.startsAt} LIMIT $4 FOR UPDATE SKIP LOCKED))
       RETURNING 1)
     SELECT count(*)::text AS deleted FROM gone`,
    [namespace, window, before, limit, clock],
  );
  return Number(deleted);
}

/** A page of the buckets of some counters, each looked up by itself, or of a range of the primary key. */
export async function bucketNames(
  connection: SqlConnection,
  namespace: string,
  { of, after, limit }: BucketQuery,
): Promise<string[]> {
  const b = columns(connection, CounterBucket);
  const key = [b.name, b.window, b.startsAt].join(', ');
  const parameters: unknown[] = [namespace, limit];
  const given = (value: unknown): string => `$${parameters.push(value)}`;
  const { counter, bucket } = parseName(after ?? '');
  const behind =
    bucket === undefined
      ? ''
      : `AND (${key}) > (${given(counter)}, ${given(bucket.window)}, to_timestamp(${given(bucket.start / 1000)}))`;
  const page = (condition: string): string =>
    `SELECT ${b.name} AS name, ${b.window} AS span, ${b.startsAt} AS start FROM ${tableName(connection, CounterBucket)}
      WHERE ${b.namespace} = $1 AND ${condition} ${behind} ORDER BY ${key} LIMIT $2`;
  const found =
    'prefix' in of
      ? `(${page(`${b.name} >= ${given(of.prefix)} AND ${b.name} <= ${given(endOf(of.prefix))}`)})`
      : `unnest(${textsOf(given(texts(of)))}) AS asked(name) CROSS JOIN LATERAL (${page(`${b.name} = asked.name`)})`;
  const rows = await connection.query<{ name: string; span: BucketWindow; start: string }[]>(
    `SELECT found.name, span, (extract(epoch FROM start) * 1000)::bigint::text AS start FROM ${found} AS found
      ORDER BY found.name, span, start LIMIT $2`,
    parameters,
  );
  return rows.map(({ name, span, start }) =>
    bucketName(name, bucketSuffix({ window: span, start: Number(start) })),
  );
}
