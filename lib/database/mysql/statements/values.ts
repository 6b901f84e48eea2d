import type { Int64String } from '../../../words/int64.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { Namespaces } from '../../namespaces.js';
import { list, text } from './literals.js';
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
