import { type Int64String, totalOf } from '../../../words/int64.js';
import { exceptOf, isOfClosed, type KeptWindow } from '../../kept-windows.js';
import type { PartsPage, PartsQuery } from '../../row-queries.js';
import { endOf } from '../../dialects/end-of-prefix.js';
import { likePattern } from '../../dialects/like.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterClosed } from '../../entities/closing.entities.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { Counter } from '../../entities/counter.entity.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { Namespaces } from '../../namespaces.js';
import { bytesOf, list, text, time } from './literals.js';
import { askedRows, joined, targetsOf } from './target.js';

/** One statement, which InnoDB answers by one snapshot. */
export async function readValues(
  connection: SqlConnection,
  { counters: namespace, ledger }: Namespaces,
  names: readonly string[],
  partitions: readonly number[],
): Promise<{ values: Map<string, Int64String>; ledgers: Map<number, number> }> {
  const ledgers = new Map(partitions.map((partition) => [partition, 0]));
  const values = new Map<string, Int64String>();
  const targets = targetsOf(
    connection,
    names.map((name) => ({ name })),
  );
  const parts = targets.map(
    (target, part) =>
      `SELECT ${part} AS part, asked${part}.place AS place, held.${target.value} AS value
         FROM ${joined(target, `asked${part}`, namespace)}`,
  );
  if (partitions.length > 0) {
    const l = columns(connection, CounterLedger);
    parts.push(
      `SELECT -1 AS part, ${l.partition} AS place, ${l.seq} AS value FROM ${tableName(connection, CounterLedger)}
        WHERE ${l.namespace} = ${text(ledger)} AND ${l.partition} IN (${list(partitions)})`,
    );
  }
  if (parts.length === 0) return { values, ledgers };
  const asked = targets.map((target, part) => askedRows(target, `asked${part}`));
  const found = await connection.query<{ part: string; place: string; value: string }[]>(
    `${asked.length > 0 ? `WITH ${asked.join(', ')}` : ''} ${parts.join(' UNION ALL ')}`.trim(),
  );
  for (const { part, place, value } of found) {
    const wanted = targets[Number(part)]?.rows[Number(place)];
    if (wanted === undefined) ledgers.set(Number(place), Number(value));
    else values.set(wanted.name, value);
  }
  return { values, ledgers };
}

/** A page of counters and ledgers, in one statement. */
export async function readParts(
  connection: SqlConnection,
  { counters: namespace, ledger }: Namespaces,
  { prefix, pieces, windows, after, limit, partitions }: PartsQuery,
): Promise<PartsPage> {
  const l = columns(connection, CounterLedger);
  const kept: new () => KeptWindow = isOfClosed(windows) ? CounterClosed : CounterBucket;
  const b = columns(connection, kept);
  const t = windows === undefined ? columns(connection, Counter) : b;
  const where = [`held.${t.namespace} = ${text(namespace)}`];
  if (prefix !== '') {
    where.push(`held.${t.name} >= ${text(prefix)}`, `held.${t.name} <= ${text(endOf(prefix))}`);
  }
  if (after !== undefined) where.push(`held.${t.name} > ${text(after)}`);
  if (pieces !== undefined) {
    where.push(`held.${t.name} LIKE ${text(likePattern(pieces))} ESCAPE '!'`);
  }
  if (windows !== undefined) {
    const { window, first, last } = windows;
    const when = first === last ? `= ${time(first)}` : `BETWEEN ${time(first)} AND ${time(last)}`;
    where.push(`held.${b.window} = ${text(window)}`, `held.${b.startsAt} ${when}`);
    const without = exceptOf(windows).map(time);
    if (without.length > 0) where.push(`held.${b.startsAt} NOT IN (${list(without)})`);
  }
  const isSum = windows !== undefined && windows.first !== windows.last;
  const table = tableName(connection, windows === undefined ? Counter : kept);
  const found = await connection.query<{ part: string; name: string; value: string }[]>(
    `SELECT 1 AS part, ${bytesOf('name')} AS name, ${bytesOf('value')} AS value FROM
       (SELECT held.${t.name} AS name, ${isSum ? `SUM(held.${t.value})` : `held.${t.value}`} AS value
          FROM ${table} AS held WHERE ${where.join(' AND ')}
         ${isSum ? `GROUP BY held.${t.name}` : ''} ORDER BY held.${t.name} LIMIT ${limit}) AS page
     UNION ALL
     SELECT 0, ${bytesOf(l.partition)}, ${bytesOf(l.seq)} FROM ${tableName(connection, CounterLedger)}
      WHERE ${l.namespace} = ${text(ledger)} AND ${l.partition} IN (${list(partitions)})
     ORDER BY part, name`,
  );
  const ledgers = new Map(partitions.map((partition) => [partition, 0]));
  const rows: PartsPage['rows'] = [];
  for (const { part, name, value } of found) {
    if (Number(part) === 1) rows.push({ name, value: totalOf(value) });
    else ledgers.set(Number(name), Number(value));
  }
  return { rows, ledgers };
}
