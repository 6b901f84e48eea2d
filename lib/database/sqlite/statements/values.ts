import type { Int64String } from '../../../words/int64.js';
import { exceptOf, isOfClosed, type KeptWindow } from '../../kept-windows.js';
import type { PartsPage, PartsQuery } from '../../row-queries.js';
import { endOf } from '../../dialects/end-of-prefix.js';
import { splitNames } from '../../dialects/split-names.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterClosed } from '../../entities/closing.entities.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { Counter } from '../../entities/counter.entity.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { Namespaces } from '../../namespaces.js';
import type { SqliteSession, Texts } from '../session.js';
import { keyOf, rowTable } from './rows.js';
import type { Value } from '../sqlite-database.js';
import { digits, globPattern, LOWER_HALF, timeText, whole } from './texts.js';

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

/**
 * A page of counters and ledgers, in one statement. SQLite sums within 64 bits: so it sums the upper and the lower half of each
 * value.
 */
export function readParts(
  session: SqliteSession,
  { counters: namespace, ledger }: Namespaces,
  { prefix, pieces, windows, after, limit, partitions }: PartsQuery,
): PartsPage {
  const l = columns(session, CounterLedger);
  const kept: new () => KeptWindow = isOfClosed(windows) ? CounterClosed : CounterBucket;
  const b = columns(session, kept);
  const t = windows === undefined ? columns(session, Counter) : b;
  const where = [`held.${t.namespace} = ?`];
  const parameters: Value[] = [namespace];
  const and = (condition: string, ...values: Value[]): void => {
    where.push(condition);
    parameters.push(...values);
  };
  if (prefix !== '') and(`held.${t.name} >= ? AND held.${t.name} <= ?`, prefix, endOf(prefix));
  if (after !== undefined) and(`held.${t.name} > ?`, after);
  // LIKE takes letters of either case for the same
  if (pieces !== undefined) and(`held.${t.name} GLOB ?`, globPattern(pieces));
  if (windows !== undefined) {
    const { window, first, last } = windows;
    and(`held.${b.window} = ?`, window);
    and(`held.${b.startsAt} BETWEEN ? AND ?`, timeText(first), timeText(last));
    const without = JSON.stringify(exceptOf(windows).map(timeText));
    and(`held.${b.startsAt} NOT IN (SELECT value FROM json_each(?))`, without);
  }
  const value = whole(`held.${t.value}`);
  const found = session.query<Texts<'kind' | 'name' | 'upper' | 'lower'>>(
    `SELECT * FROM (
       SELECT 'part' AS kind, held.${t.name} AS name,
           ${digits(`SUM(${value} >> 32)`)} AS "upper", ${digits(`SUM(${value} & ${LOWER_HALF})`)} AS "lower"
         FROM ${tableName(session, windows === undefined ? Counter : kept)} AS held
        WHERE ${where.join(' AND ')} GROUP BY held.${t.name} ORDER BY held.${t.name} LIMIT ${limit})
     UNION ALL
     SELECT 'ledger', ${digits(l.partition)}, '0', ${digits(l.seq)} FROM ${tableName(session, CounterLedger)}
      WHERE ${l.namespace} = ? AND ${l.partition} IN (SELECT value FROM json_each(?))
     ORDER BY kind, name`,
    [...parameters, ledger, JSON.stringify(partitions)],
  );
  const ledgers = new Map(partitions.map((partition) => [partition, 0]));
  const rows: PartsPage['rows'] = [];
  for (const { kind, name, upper, lower } of found) {
    if (kind === 'ledger') ledgers.set(Number(name), Number(lower));
    else rows.push({ name, value: (BigInt(upper) << 32n) + BigInt(lower) });
  }
  return { rows, ledgers };
}

/** A counter without a row is at zero. */
export function valuesOrZero(
  session: SqliteSession,
  namespaces: Namespaces,
  names: readonly string[],
): Map<string, Int64String> {
  if (names.length === 0) return new Map();
  const { values } = readValues(session, namespaces, names, []);
  return new Map(names.map((name) => [name, values.get(name) ?? '0']));
}
