import { BUCKET_SEPARATOR } from '../../../lib/words/bucket-name.js';
import { NAMESPACES } from '../database-server.js';
import type { World } from '../world.js';

/** The column of the application holds what the row of the counter holds, at each moment. */
export function checkColumns({ database }: World): string[] {
  const rows = database.rowsOf(NAMESPACES.counters);
  const names = new Set([...rows.keys(), ...database.columns.values.keys()]);
  return [...names].flatMap((name) => {
    // buckets have no column
    if (name.includes(BUCKET_SEPARATOR)) return [];
    const [column, row] = [database.columns.valueAt(name), database.value(name) ?? 0n];
    return column === row ? [] : [`the column of ${name} is ${column}, its row ${row}`];
  });
}
