import type { Int64String } from '../../../words/int64.js';
import { splitNames } from '../../dialects/split-names.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { Namespaces } from '../../namespaces.js';
import type { SqliteSession, Texts } from '../session.js';
import { keyOf, rowTable } from './rows.js';
import { digits } from './texts.js';

/**
 * Values and ledger seqs of one moment, in one statement. Names come as a list in JSON, outside of the join: so each of them is
 * one look-up in the primary key.
 */
export function readValues(
  session: SqliteSession,
  { counters: namespace, ledger }: Namespaces,
  names: readonly string[],
  partitions: readonly number[],
): { values: Map<string, Int64String>; ledgers: Map<number, number> } {
  const ledgers = new Map(partitions.map((partition) => [partition, 0]));
  const values = new Map<string, Int64String>();
  const { counters, buckets } = splitNames(names.map((name) => ({ name })));
  const l = columns(session, CounterLedger);
  const found = session.query<Texts<'kind' | 'place' | 'value'>>(
    `${asked(session, 'counter')} UNION ALL ${asked(session, 'bucket')} UNION ALL
     SELECT 'ledger', ${digits(l.partition)}, ${digits(l.seq)} FROM ${tableName(session, CounterLedger)}
      WHERE ${l.namespace} = ? AND ${l.partition} IN (SELECT value FROM json_each(?))`,
    [
      ...[JSON.stringify(counters.map(({ name }) => keyOf(name))), namespace],
      ...[JSON.stringify(buckets.map(({ name }) => keyOf(name))), namespace],
      ...[ledger, JSON.stringify(partitions)],
    ],
  );
  const rows = { counter: counters, bucket: buckets };
  for (const { kind, place, value } of found) {
    if (kind === 'ledger') ledgers.set(Number(place), Number(value));
    else values.set(rows[kind as keyof typeof rows][Number(place)]?.name ?? '', value);
  }
  return { values, ledgers };
}

/** The rows of a list of keys, and the namespace. */
function asked(session: SqliteSession, kind: 'counter' | 'bucket'): string {
  const { table, key, value } = rowTable(session, kind);
  const [namespace = '', ...others] = key;
  const equal = others.map(
    (column, part) => `held.${column} = json_extract(asked.value, '$[${part}]')`,
  );
  return `SELECT '${kind}' AS kind, CAST(asked.key AS TEXT) AS place, ${digits(`held.${value}`)} AS value
    FROM json_each(?) AS asked CROSS JOIN ${table} AS held ON held.${namespace} = ? AND ${equal.join(' AND ')}`;
}
