import type { Batch } from '../../cache/counter-cache.js';
import type { Refusal } from '../../cache/parcels.js';
import { parseName } from '../../words/bucket-name.js';
import type { Int64String } from '../../words/int64.js';
import type { PersistedBatch, PersistedCount } from './on-persisted.js';

interface Applied {
  values: ReadonlyMap<string, Int64String>;
  leftOut: readonly string[];
  refused?: readonly Refusal[];
}

/** What was changed of a batch; `exact` has the deltas that were added. */
export function persistedBatch(
  partition: number,
  exact: Batch,
  { values, leftOut, refused = [] }: Applied,
): PersistedBatch {
  const { nonce, seq, entries } = exact;
  const without = new Set([...leftOut, ...refused.flatMap(({ names }) => names)]);
  const counts = entries
    .filter(({ name, delta, remove }) => !without.has(name) && (remove || delta !== '0'))
    .map(({ name, delta, remove }): PersistedCount => {
      const { counter, bucket } = parseName(name);
      const value = BigInt(values.get(name) ?? 0);
      return {
        name: counter,
        ...(bucket && { window: bucket.window, start: new Date(bucket.start) }),
        ...{ delta: BigInt(delta), value },
        ...(remove && value === 0n && { removed: true }),
      };
    });
  return { id: nonce, partition, seq, counts };
}
