import type { BatchEntry } from '../../cache/counter-cache.js';
import { BUCKET_SEPARATOR } from '../../words/bucket-name.js';
import { isWithin } from './column-types.js';
import type { ColumnOutcomes } from './column-outcomes.js';
import type { TargetColumn, TargetTable } from './own-tables.js';
import { idIn } from './template.js';

/** What a row gets into one column. */
export interface RowDelta {
  /** The primary key, as a text. */
  readonly id: string;
  readonly counter: string;
  readonly delta: bigint;
}

/** What the rows of a table get, by column, in the order of the columns. */
export interface TableDeltas {
  readonly table: TargetTable;
  readonly columns: readonly { column: TargetColumn; rows: RowDelta[] }[];
}

type Entry = Pick<BatchEntry, 'name' | 'delta'>;

/** The column that a counter is added to, with the row; undefined for none. Buckets have none. */
function targetOf(
  tables: readonly TargetTable[],
  name: string,
): { table: number; column: number; id: string } | undefined {
  if (name.includes(BUCKET_SEPARATOR)) return undefined;
  for (const [table, { columns }] of tables.entries()) {
    for (const [column, { template }] of columns.entries()) {
      const id = idIn(template, name);
      if (id !== undefined) return { table, column, id };
    }
  }
  return undefined;
}

export const concernsColumns = (
  tables: readonly TargetTable[],
  entries: readonly Entry[],
): boolean => entries.some(({ name }) => targetOf(tables, name) !== undefined);

/**
 * The deltas of a batch by table and column. Names come from anybody: one whose id is no value of the primary key is that of a
 * missing row, and does not get to the database.
 */
export function columnDeltas(
  tables: readonly TargetTable[],
  entries: readonly Entry[],
  outcomes: ColumnOutcomes,
): TableDeltas[] {
  const found = tables.map((table) => ({
    table,
    columns: table.columns.map((column) => ({ column, rows: [] as RowDelta[] })),
  }));
  for (const { name, delta } of entries) {
    const target = targetOf(tables, name);
    if (target === undefined) continue;
    const { id } = target;
    const into = found[target.table];
    const column = into?.columns[target.column];
    if (into === undefined || column === undefined) continue;
    if (into.table.keyType.isKey(id)) column.rows.push({ id, counter: name, delta: BigInt(delta) });
    else outcomes.missing(column.column.label, name);
  }
  return found
    .map(({ table, columns }) => ({
      table,
      columns: columns.filter(({ rows }) => rows.length > 0),
    }))
    .filter(({ columns }) => columns.length > 0);
}

/**
 * What can be added to rows that hold these values, by id; null is 0. Notes the rows that are missing, and those whose sum the
 * column cannot hold.
 */
export function fittingRows(
  column: TargetColumn,
  rows: readonly RowDelta[],
  values: ReadonlyMap<string, string | null>,
  outcomes: ColumnOutcomes,
): RowDelta[] {
  return rows.filter(({ id, counter, delta }) => {
    const value = values.get(id);
    if (value === undefined) outcomes.missing(column.label, counter);
    else if (isWithin(BigInt(value ?? 0) + delta, column.range)) return true;
    else outcomes.refused(column.label, counter, 'the sum leaves the range of the column');
    return false;
  });
}
