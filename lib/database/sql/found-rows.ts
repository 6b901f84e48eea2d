import type { Batch } from '../../cache/counter-cache.js';
import { inRange, type Int64String } from '../../words/int64.js';
import type { ApplyResult } from '../counter-store.js';

/**
 * Applies the batch to the rows as they are. A `set()` computes its delta from what the cache knows of the row; the row may
 * hold something else by now: somebody changed it by hand, or restored the database. Then the delta is computed anew, so
 * that the row comes to the value that was set, and the result names the counter.
 */
export async function toFoundRows(
  batch: Batch,
  valuesOf: (names: readonly string[]) => Promise<ReadonlyMap<string, Int64String>>,
  apply: (exact: Batch) => Promise<ApplyResult>,
): Promise<ApplyResult> {
  const asked = batch.entries.filter(({ expected }) => expected !== undefined);
  const found = await valuesOf(asked.map(({ name }) => name));
  const changed: string[] = [];
  const entries = batch.entries.map((entry) => {
    const { name, delta, expected } = entry;
    const row = found.get(name);
    if (expected === undefined || row === undefined || row === expected) return entry;
    changed.push(name);
    const exact = BigInt(expected) + BigInt(delta) - BigInt(row);
    // from one end of the range to the other no delta reaches: then the row is added to as it is
    return { ...entry, delta: inRange(exact) ? String(exact) : delta };
  });
  const result = await apply({ ...batch, entries });
  return result.status === 'superseded' || changed.length === 0 ? result : { ...result, changed };
}
