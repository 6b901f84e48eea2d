import type { EntityManager } from 'typeorm';
import { CounterBucket } from '../counter-bucket.entity.js';
import { Counter } from '../counter.entity.js';
import { CounterLedger } from '../ledger.entity.js';
import { bucketLists, splitNames } from './postgres-buckets.js';
import { numbers, texts, textsOf } from './postgres-lists.js';
import type { AddedBatch, Namespaces, NewBatch } from './sql-dialect.js';
import { columns, tableName } from './table-names.js';

/** Sets a limit of the transaction, in milliseconds; one that is set already stays. */
export const setLimit = (name: string, parameter: string): string =>
  `set_config('${name}', CASE current_setting('${name}') WHEN '0' THEN ${parameter} ELSE current_setting('${name}') END, true)`;

/**
 * Locks the ledger row, adds, and writes the ledger, all in one statement: where there is no transaction
 * it is one by itself, and no lock waits for the client.
 */
export async function addBatch(
  manager: EntityManager,
  namespaces: Namespaces,
  partition: number,
  { seq, nonce, deltas }: NewBatch,
  lockTimeout: number,
): Promise<AddedBatch | undefined> {
  const { counters, buckets } = splitNames(deltas);
  const [row] = await manager.query<{ seq: string; values: string | null }[]>(
    statement(manager, buckets.length > 0),
    [
      ...[namespaces.ledger, partition, seq, nonce, namespaces.counters, `${lockTimeout}ms`],
      ...[texts(counters.map(({ name }) => name)), numbers(counters.map(({ delta }) => delta))],
      ...(buckets.length > 0
        ? [...bucketLists(buckets), numbers(buckets.map(({ delta }) => delta))]
        : []),
    ],
  );
  if (row === undefined) return undefined;
  const values = new Map<string, bigint>();
  const leftOut: string[] = [];
  const answers = row.values?.split(',') ?? [];
  [...counters, ...buckets].forEach(({ name }, place) => {
    const value = answers[place];
    if (value) values.set(name, BigInt(value));
    else leftOut.push(name);
  });
  return { values, leftOut, ledgerSeq: Number(row.seq) };
}

/**
 * Each part takes something from the one before it, which puts them in order. The snapshot of the
 * statement may be older than the lock on the ledger: so a row is only looked at by locking it, or by
 * `ON CONFLICT`, which both see what was committed since.
 */
function statement(manager: EntityManager, withBuckets: boolean): string {
  const { namespace, partition, seq, nonce, leftOut, updatedAt } = columns(manager, CounterLedger);
  const ledgers = tableName(manager, CounterLedger);
  const outcomes = [countersAdded, ...(withBuckets ? [bucketsAdded] : [])].map((it) => it(manager));
  return `
WITH limits AS MATERIALIZED (SELECT ${setLimit('lock_timeout', '$6')}),
ledger AS MATERIALIZED (
  SELECT found.${seq} AS seq, found.${seq} < $3 AS behind FROM limits, ${ledgers} AS found
   WHERE found.${namespace} = $1 AND found.${partition} = $2 FOR UPDATE OF found),
${outcomes.map(({ parts }) => parts).join(',\n')},
outcome AS MATERIALIZED (${outcomes.map(({ outcome }) => outcome).join(' UNION ALL ')}),
written AS (
  INSERT INTO ${ledgers} (${namespace}, ${partition}, ${seq}, ${nonce}, ${leftOut}, ${updatedAt})
  SELECT $1, $2, $3, $4, (
      SELECT coalesce(json_agg(name ORDER BY kind, place), '[]') FROM outcome WHERE value IS NULL
    ), now() FROM ledger WHERE behind
  ON CONFLICT (${namespace}, ${partition}) DO UPDATE
    SET ${[seq, nonce, leftOut, updatedAt].map((it) => `${it} = excluded.${it}`).join(', ')})
SELECT seq, (SELECT string_agg(coalesce(value::text, ''), ',' ORDER BY kind, place) FROM outcome) AS values
  FROM ledger WHERE behind`;
}

interface Added {
  parts: string;
  /** What became of each: its value, or null where it was left out. */
  outcome: string;
}

function countersAdded(manager: EntityManager): Added {
  const { namespace, name, value, createdAt, updatedAt } = columns(manager, Counter);
  return {
    parts: `
counter AS MATERIALIZED (
  SELECT given.* FROM ledger, unnest(${textsOf('$7')}, $8::bigint[])
      WITH ORDINALITY AS given(name, delta, place) WHERE behind),
counted AS (
  INSERT INTO ${tableName(manager, Counter)} AS stored
    (${namespace}, ${name}, ${value}, ${createdAt}, ${updatedAt})
  SELECT $5, name, delta, now(), now() FROM counter ORDER BY name COLLATE "C"
  ON CONFLICT (${namespace}, ${name}) DO UPDATE ${add(value, updatedAt)}
  RETURNING ${name} AS name, ${value} AS value)`,
    outcome: `
  SELECT 1 AS kind, place, counter.name, value FROM counter LEFT JOIN counted USING (name)`,
  };
}

function bucketsAdded(manager: EntityManager): Added {
  const { namespace, name, window, startsAt, value, updatedAt } = columns(manager, CounterBucket);
  return {
    parts: `
bucket AS MATERIALIZED (
  SELECT given.*, to_timestamp(minute * 60) AS start
    FROM ledger, unnest(${textsOf('$9')}, ${textsOf('$10')}, ${textsOf('$11')}, $12::bigint[], $13::bigint[])
      WITH ORDINALITY AS given(name, counter, span, minute, delta, place) WHERE behind),
bucketed AS (
  INSERT INTO ${tableName(manager, CounterBucket)} AS stored
    (${namespace}, ${name}, ${window}, ${startsAt}, ${value}, ${updatedAt})
  SELECT $5, counter, span, start, delta, now() FROM bucket
   ORDER BY counter COLLATE "C", span COLLATE "C", start
  ON CONFLICT (${namespace}, ${name}, ${window}, ${startsAt}) DO UPDATE ${add(value, updatedAt)}
  RETURNING ${name} AS counter, ${window} AS span, ${startsAt} AS start, ${value} AS value)`,
    outcome: `
  SELECT 2, place, bucket.name, value FROM bucket LEFT JOIN bucketed USING (counter, span, start)`,
  };
}

/** Adds, unless the sum leaves the 64-bit range: found by a difference, as the sum would be an error. */
const add = (value: string, updatedAt: string): string => `
    SET ${value} = stored.${value} + excluded.${value}, ${updatedAt} = excluded.${updatedAt}
  WHERE CASE WHEN excluded.${value} > 0
    THEN stored.${value} <= 9223372036854775807 - excluded.${value}
    ELSE stored.${value} >= '-9223372036854775808'::bigint - excluded.${value} END`;
