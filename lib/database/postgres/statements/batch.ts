import type { SqlConnection } from '../../dialects/sql-connection.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { Counter } from '../../entities/counter.entity.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import { splitNames } from '../../dialects/split-names.js';
import { bucketLists } from './buckets.js';
import { numbers, pairs, pairsOf, texts, textsOf } from './lists.js';
import type { AddedBatch, NewBatch } from '../../dialects/sql-dialect.js';
import type { Namespaces } from '../../namespaces.js';
import { columns, tableName } from '../../dialects/table-names.js';

/**
 * Sets a limit of the transaction, in milliseconds; a shorter one that is set already stays. A longer one would let a client
 * that stands still keep the others from its partition for that long.
 */
export function setLimit(name: string, parameter: string): string {
  const set = `current_setting('${name}')`;
  return `set_config('${name}', CASE WHEN ${set} <> '0' AND ${set}::interval < (${parameter}::text)::interval THEN ${set} ELSE ${parameter}::text END, true)`;
}

/**
 * Locks the ledger row, adds, and writes the ledger, all in one statement: where there is no transaction
 * it is one by itself, and no lock waits for the client.
 */
export async function addBatch(
  connection: SqlConnection,
  namespaces: Namespaces,
  partition: number,
  { seq, nonce, deltas }: NewBatch,
  lockTimeout: number,
): Promise<AddedBatch | undefined> {
  const { counters, buckets } = splitNames(deltas);
  const [row] = await connection.query<{ seq: string; values: string | null }[]>(
    statement(connection, buckets.length > 0),
    [
      ...[namespaces.ledger, partition, seq, nonce, namespaces.counters, `${lockTimeout}ms`],
      ...[texts(namesOf(counters)), numbers(deltasOf(counters)), deltas.length],
      ...(buckets.length > 0 ? [...bucketLists(buckets), numbers(deltasOf(buckets))] : []),
    ],
    true,
  );
  if (row === undefined) return undefined;
  const values = new Map(pairs(row.values));
  const leftOut =
    values.size === deltas.length ? [] : namesOf(deltas).filter((name) => !values.has(name));
  return { values, leftOut, ledgerSeq: Number(row.seq) };
}

/** As one statement, without the ledger. */
export async function addDeltas(
  connection: SqlConnection,
  namespace: string,
  deltas: NewBatch['deltas'],
): Promise<Omit<AddedBatch, 'ledgerSeq'>> {
  const { counters, buckets } = splitNames(deltas);
  const added = [countersAdded(connection, ['$1', '$2', '$3'])];
  if (buckets.length > 0)
    added.push(bucketsAdded(connection, ['$1', '$4', '$5', '$6', '$7', '$8']));
  const [row] = await connection.query<{ values: string | null }[]>(
    `
WITH ledger AS MATERIALIZED (SELECT true AS behind),
${added.map(({ parts }) => parts).join(',\n')}
SELECT ${pairsOf('name', 'value')} AS values
  FROM (${added.map(({ outcome }) => outcome).join(' UNION ALL ')}) AS each`,
    [
      ...[namespace, texts(namesOf(counters)), numbers(deltasOf(counters))],
      ...(buckets.length > 0 ? [...bucketLists(buckets), numbers(deltasOf(buckets))] : []),
    ],
  );
  const values = new Map(pairs(row?.values ?? null));
  return { values, leftOut: namesOf(deltas).filter((name) => !values.has(name)) };
}

const namesOf = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
const deltasOf = (list: readonly { delta: string }[]): string[] => list.map(({ delta }) => delta);

/**
 * Each part takes something from the one before it, which puts them in order. The snapshot of the
 * statement may be older than the lock on the ledger: so a row is only looked at by locking it, or by
 * `ON CONFLICT`, which both see what was committed since. What was left out, which is hardly ever
 * anything, is only looked for where fewer rows were added to than were given. The ledger row also
 * remembers how many batches are missing before this one.
 */
function statement(connection: SqlConnection, withBuckets: boolean): string {
  const { namespace, partition, seq, nonce, leftOut, updatedAt } = columns(
    connection,
    CounterLedger,
  );
  const ledgers = tableName(connection, CounterLedger);
  const added = [countersAdded(connection, ['$5', '$7', '$8'])];
  if (withBuckets) added.push(bucketsAdded(connection, ['$5', '$10', '$11', '$12', '$13', '$14']));
  const union = (queries: string[]): string => queries.join(' UNION ALL ');
  return `
WITH limits AS MATERIALIZED (SELECT ${setLimit('lock_timeout', '$6')}),
ledger AS MATERIALIZED (
  SELECT found.${seq} AS seq, found.${seq} < $3 AS behind, $3 - found.${seq} - 1 AS missing FROM limits, ${ledgers} AS found
   WHERE found.${namespace} = $1 AND found.${partition} = $2 FOR UPDATE OF found),
${added.map(({ parts }) => parts).join(',\n')},
outcome AS MATERIALIZED (
  SELECT count(*) AS number, ${pairsOf('name', 'value')} AS values
    FROM (${union(added.map(({ outcome }) => outcome))}) AS each),
written AS (
  INSERT INTO ${ledgers} (${namespace}, ${partition}, ${seq}, ${nonce}, ${leftOut}, ${updatedAt})
  SELECT $1, $2, $3, $4, CASE WHEN number = $9 AND missing < 1 THEN '[]' ELSE (
      SELECT json_agg(each.fact)::text FROM (SELECT to_json(missing) WHERE missing > 0 UNION ALL
        SELECT to_json(name) FROM (${union(added.map(({ leftOut: left }) => left))}) AS each(name)) AS each(fact)
    ) END, now() FROM ledger, outcome WHERE behind
  ON CONFLICT (${namespace}, ${partition}) DO UPDATE
    SET ${[seq, nonce, leftOut, updatedAt].map((it) => `${it} = excluded.${it}`).join(', ')})
SELECT seq::text AS seq, values, pg_backend_pid()::text AS backend FROM ledger, outcome WHERE behind`;
}

/** Queries are of names, and values. */
interface Added {
  parts: string;
  /** What was added to, and its value after it. */
  outcome: string;
  /** What was not added to. */
  leftOut: string;
}

/** With the parameters of the namespace, of names and of deltas. */
function countersAdded(
  connection: SqlConnection,
  [space, names, deltas]: readonly [string, string, string],
): Added {
  const { namespace, name, value, createdAt, updatedAt } = columns(connection, Counter);
  const given = `unnest(${textsOf(names)}, ${deltas}::bigint[]) AS given(name, delta)`;
  return {
    parts: `
counted AS (
  INSERT INTO ${tableName(connection, Counter)} AS stored
    (${namespace}, ${name}, ${value}, ${createdAt}, ${updatedAt})
  SELECT ${space}, given.name, given.delta, now(), now() FROM ledger, ${given}
   WHERE behind ORDER BY given.name COLLATE "C"
  ON CONFLICT (${namespace}, ${name}) DO UPDATE ${add(value, updatedAt)}
  RETURNING ${name} AS name, ${value} AS value)`,
    outcome: `SELECT name, value FROM counted`,
    leftOut: `SELECT given.name FROM ${given} WHERE given.name NOT IN (SELECT name FROM counted)`,
  };
}

/** With the parameters of the namespace, and of names, counters, windows, minutes and deltas. */
function bucketsAdded(
  connection: SqlConnection,
  [space, names, counters, spans, minutes, deltas]: readonly [
    string,
    string,
    string,
    string,
    string,
    string,
  ],
): Added {
  const { namespace, name, window, startsAt, value, updatedAt } = columns(
    connection,
    CounterBucket,
  );
  return {
    parts: `
bucket AS MATERIALIZED (
  SELECT given.*, to_timestamp(minute * 60) AS start
    FROM ledger, unnest(${[names, counters, spans].map(textsOf).join(', ')}, ${minutes}::bigint[], ${deltas}::bigint[])
      AS given(name, counter, span, minute, delta) WHERE behind),
bucketed AS (
  INSERT INTO ${tableName(connection, CounterBucket)} AS stored
    (${namespace}, ${name}, ${window}, ${startsAt}, ${value}, ${updatedAt})
  SELECT ${space}, counter, span, start, delta, now() FROM bucket
   ORDER BY counter COLLATE "C", span COLLATE "C", start
  ON CONFLICT (${namespace}, ${name}, ${window}, ${startsAt}) DO UPDATE ${add(value, updatedAt)}
  RETURNING ${name} AS counter, ${window} AS span, ${startsAt} AS start, ${value} AS value)`,
    outcome: `SELECT bucket.name, value FROM bucket JOIN bucketed USING (counter, span, start)`,
    leftOut: `SELECT bucket.name FROM bucket LEFT JOIN bucketed USING (counter, span, start) WHERE value IS NULL`,
  };
}

/** Adds, unless the sum leaves the 64-bit range: found by a difference, as the sum would be an error. */
const add = (value: string, updatedAt: string): string => `
    SET ${value} = stored.${value} + excluded.${value}, ${updatedAt} = excluded.${updatedAt}
  WHERE CASE WHEN excluded.${value} > 0
    THEN stored.${value} <= 9223372036854775807 - excluded.${value}
    ELSE stored.${value} >= '-9223372036854775808'::bigint - excluded.${value} END`;
