import type { SqlConnection } from '../../dialects/sql-connection.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { numbers, oneRow, pairsOf, texts, textsOf } from './lists.js';
import type { NamedBucket } from '../../dialects/split-names.js';
import { endOf } from '../../dialects/end-of-prefix.js';
import type { ExpiredBuckets } from '../../dialects/sql-dialect.js';
import type { TopQuery, TopRow } from '../../counter-store.js';
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
 * Values of buckets that are parameters 6 to 9, in the namespace that is parameter 1.
 *
 * Asks for the first row that is not before the wanted one, by the order of the primary key, and looks whether that is the
 * one. Equality would be simpler, but the planner may then take the index by windows and times, in which one
 * hour holds a row of every counter.
 */
export function selectBuckets(connection: SqlConnection): string {
  const b = columns(connection, CounterBucket);
  const key = [b.namespace, b.name, b.window, b.startsAt].join(', ');
  return `SELECT ${pairsOf('asked.name', 'found.value')}
    FROM (SELECT given.*, $1::text AS namespace, to_timestamp(minute * 60) AS start
            FROM unnest(${textsOf('$6')}, ${textsOf('$7')}, ${textsOf('$8')}, $9::bigint[])
              AS given(name, counter, span, minute) OFFSET 0) AS asked
   CROSS JOIN LATERAL ${oneRow(
     `SELECT ${b.namespace} AS namespace, ${b.name} AS counter, ${b.window} AS span, ${b.startsAt} AS start,
         ${b.value} AS value
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
