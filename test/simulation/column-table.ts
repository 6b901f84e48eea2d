import type { BatchEntry } from '../../lib/cache/counter-cache.js';
import { columnDeltas, fittingRows } from '../../lib/database/columns/column-deltas.js';
import { ColumnOutcomes, type MissedColumn } from '../../lib/database/columns/column-outcomes.js';
import {
  type KeyType,
  keyTypeOf,
  type Range,
  rangeOf,
} from '../../lib/database/columns/column-types.js';
import type { TargetTable } from '../../lib/database/columns/own-tables.js';

/** A table of the application with a row for each counter: its key is the whole name. */
const TABLE: TargetTable = {
  table: 'item',
  key: 'name',
  keyType: keyTypeOf('text', undefined) as KeyType,
  columns: [
    {
      label: 'Item.count',
      template: { prefix: '', suffix: '' },
      name: 'count',
      range: rangeOf('bigint', false, false) as Range,
    },
  ],
  kept: [],
};

/** The column that the option `columns` names, by counter: with the steps of the store that are the same for all engines. */
export class ColumnTable {
  readonly values = new Map<string, bigint>();

  /** Answers what is not in the column. */
  add(entries: readonly Pick<BatchEntry, 'name' | 'delta'>[]): MissedColumn[] {
    const outcomes = new ColumnOutcomes();
    for (const { columns } of columnDeltas([TABLE], entries, outcomes)) {
      for (const { column, rows } of columns) {
        const held = new Map(rows.map(({ id }) => [id, String(this.valueAt(id))]));
        for (const { id, delta } of fittingRows(column, rows, held, outcomes)) {
          this.values.set(id, this.valueAt(id) + delta);
        }
      }
    }
    return outcomes.list();
  }

  valueAt(id: string): bigint {
    return this.values.get(id) ?? 0n;
  }
}
