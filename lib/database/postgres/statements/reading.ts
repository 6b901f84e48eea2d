import type { DataSource } from 'typeorm';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { splitNames } from '../../dialects/split-names.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { Counter } from '../../entities/counter.entity.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { Namespaces } from '../../namespaces.js';
import type { Int64String } from '../../../words/int64.js';
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
  const ledgers = new Map(partitions.map((partition) => [partition, 0]));
  const values = new Map<string, Int64String>();
  const found = row?.values?.split(' ') ?? [];
  row?.names?.split('\n').forEach((name, place) => values.set(name, found[place] ?? '0'));
  for (const [name, value] of pairs(row?.bucketed ?? null)) values.set(name, value);
  for (const [key, seq] of pairs(row?.reached ?? null)) ledgers.set(Number(key), Number(seq));
  return { values, ledgers };
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
