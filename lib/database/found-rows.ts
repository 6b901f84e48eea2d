import type { Batch } from '../cache/counter-cache.js';
import { inRange, type Int64String } from '../words/int64.js';

/**
 * The batch for the rows as they are, and the counters whose row was another one than expected. A `set()` computes its delta
 * from what the cache knows of the row; the row may hold something else by now: somebody changed it by hand, or restored the
 * database. Then the delta is computed anew, so that the row comes to the value that was set.
 *
 * `found` has the row of each counter for which something is expected: 0 where there is none.
 */
export function toFoundRows(
  batch: Batch,
  found: ReadonlyMap<string, Int64String>,
): { exact: Batch; changed: readonly string[] } {
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
  return { exact: { ...batch, entries }, changed };
}
