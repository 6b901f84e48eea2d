import type { DataSource } from 'typeorm';
import { exceptOf, isOfClosed, type KeptWindow } from '../../kept-windows.js';
import type { PartsPage, PartsQuery } from '../../row-queries.js';
import { endOf } from '../../dialects/end-of-prefix.js';
import { likePattern } from '../../dialects/like.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { splitNames } from '../../dialects/split-names.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { Counter } from '../../entities/counter.entity.js';
import { CounterClosed } from '../../entities/closing.entities.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { Namespaces } from '../../namespaces.js';
import { type Int64String, totalOf } from '../../../words/int64.js';
import { askedBuckets, bucketLists } from './buckets.js';
import { numbers, oneRow, pairs, pairsOf, texts, textsOf } from './lists.js';

/** From this version on, an index is always entered by the whole list, and never by the namespace alone. */
const ENTERED_BY_LISTS = 170_000;

/** Whether the planner has no other way than the primary key, by what the last read of a data source answered. */
const byKeyAlone = new WeakMap<DataSource, boolean>();

/** Values and ledger seqs of one moment, in one statement. */
export async function readValues(
  connection: SqlConnection,
  { counters: namespace, ledger }: Namespaces,
  names: readonly string[],
  partitions: readonly number[],
): Promise<{ values: Map<string, Int64String>; ledgers: Map<number, number> }> {
  const { dataSource } = connection;
  const l = columns(connection, CounterLedger);
  const { counters, buckets } = splitNames(names.map((name) => ({ name })));
  const asked = byKeyAlone.get(dataSource) === true ? asList(connection) : eachByItself(connection);
  const [row] = await connection.query<Record<string, string | null>[]>(
    `SELECT string_agg(name, chr(10)) AS names, string_agg(value, ' ') AS "values",
      (SELECT ${pairsOf(l.partition, l.seq)} FROM ${tableName(connection, CounterLedger)}
        WHERE ${l.namespace} = $4 AND ${l.partition} = ANY($3::int[])) AS reached,
      ${buckets.length === 0 ? 'NULL' : `(SELECT ${pairsOf('asked.name', 'found.value')} ${askedBuckets(connection, 6)})`} AS bucketed,
      (SELECT current_setting('server_version_num')::int >= ${ENTERED_BY_LISTS} AND count(*) = 1
         FROM pg_index WHERE indrelid = to_regclass($5))::text AS alone
     FROM (${asked}) AS found`,
    [
      ...[namespace, texts(counters.map(({ name }) => name)), numbers(partitions), ledger],
      tableName(connection, Counter),
      ...(buckets.length === 0 ? [] : bucketLists(buckets)),
    ],
  );
  byKeyAlone.set(dataSource, row?.alone === 'true');
  const values = new Map<string, Int64String>();
  const found = row?.values?.split(' ') ?? [];
  row?.names?.split('\n').forEach((name, place) => values.set(name, found[place] ?? '0'));
  for (const [name, value] of pairs(row?.bucketed ?? null)) values.set(name, value);
  return { values, ledgers: seqsOf(row?.reached ?? null, partitions) };
}

function seqsOf(text: string | null, partitions: readonly number[]): Map<number, number> {
  const seqs = new Map(partitions.map((partition) => [partition, 0]));
  for (const [partition, seq] of pairs(text)) seqs.set(Number(partition), Number(seq));
  return seqs;
}

/**
 * A page of counters and ledgers, of one moment, in one statement. Of windows, the planner chooses between the buckets of all counters
 * in these windows and all buckets of the counters with this prefix.
 */
export async function readParts(
  connection: SqlConnection,
  { counters: namespace, ledger }: Namespaces,
  { prefix, pieces, windows, after, limit, partitions }: PartsQuery,
): Promise<PartsPage> {
  const l = columns(connection, CounterLedger);
  const kept: new () => KeptWindow = isOfClosed(windows) ? CounterClosed : CounterBucket;
  const b = columns(connection, kept);
  const t = windows === undefined ? columns(connection, Counter) : b;
  const parameters: unknown[] = [];
  const given = (value: unknown): string => `$${parameters.push(value)}`;
  const where = [
    `held.${t.namespace} = ${given(namespace)}`,
    ...(after === undefined ? [] : [`held.${t.name} > ${given(after)}`]),
    `held.${t.name} >= ${given(prefix)} AND held.${t.name} <= ${given(endOf(prefix))}`,
    ...(pieces === undefined
      ? []
      : [`held.${t.name} LIKE ${given(likePattern(pieces))} ESCAPE '!'`]),
  ];
  if (windows !== undefined) {
    const { window, first, last } = windows;
    const time = (start: number): string => `to_timestamp(${given(start / 1000)})`;
    const when = first === last ? `= ${time(first)}` : `BETWEEN ${time(first)} AND ${time(last)}`;
    where.push(`held.${b.window} = ${given(window)} AND held.${b.startsAt} ${when}`);
    const without = exceptOf(windows).map(time);
    if (without.length > 0) where.push(`held.${b.startsAt} NOT IN (${without.join(', ')})`);
  }
  const isSum = windows !== undefined && windows.first !== windows.last;
  const table = tableName(connection, windows === undefined ? Counter : kept);
  const [row] = await connection.query<Record<string, string | null>[]>(
    `SELECT string_agg(name, chr(10)) AS names, string_agg(value, ' ') AS "values",
      (SELECT ${pairsOf(l.partition, l.seq)} FROM ${tableName(connection, CounterLedger)}
        WHERE ${l.namespace} = ${given(ledger)} AND ${l.partition} = ANY(${given(numbers(partitions))}::int[])) AS reached
     FROM (SELECT held.${t.name} AS name, ${isSum ? `sum(held.${t.value})` : `held.${t.value}`}::text AS value
             FROM ${table} AS held WHERE ${where.join(' AND ')}
            ${isSum ? `GROUP BY held.${t.name}` : ''} ORDER BY held.${t.name} LIMIT ${given(limit)}) AS page`,
    parameters,
  );
  const values = row?.values?.split(' ') ?? [];
  const rows = (row?.names?.split('\n') ?? []).map((name, place) => ({
    ...{ name, value: totalOf(values[place] ?? '0') },
  }));
  return { rows, ledgers: seqsOf(row?.reached ?? null, partitions) };
}

/** One lookup for each name: whatever the planner expects, there is no cheaper plan. */
function eachByItself(connection: SqlConnection): string {
  const t = columns(connection, Counter);
  const row = oneRow(
    `SELECT ${t.value}::text AS value FROM ${tableName(connection, Counter)}
      WHERE ${t.namespace} = $1 AND ${t.name} = asked.name`,
  );
  return `SELECT asked.name, value FROM unnest(${textsOf('$2')}) AS asked(name) CROSS JOIN LATERAL ${row} AS found`;
}

/**
 * One lookup for all names, in the order of the primary key: a third of the work. The planner could also go through the
 * rows of the namespace, by another index or an older way to use this one, or through the whole table, and compare each
 * row with the list. The former is ruled out by who calls this. Against the latter:
 * - It does not see the values: so it takes the namespace for one of average size, and the list for ten names.
 * - It charges each row that it goes through for a function that is expensive, and is never called.
 */
function asList(connection: SqlConnection): string {
  const t = columns(connection, Counter);
  const unseen = `(SELECT ${textsOf('$2')})::text[]`;
  return `SELECT ${t.name} AS name, ${t.value}::text AS value FROM ${tableName(connection, Counter)}
    WHERE ${t.namespace} = (SELECT $1::text) AND ${t.name} = ANY(${unseen})
      AND ((SELECT $1::text) IS NOT NULL OR to_tsvector(${t.name}) IS NULL)`;
}
