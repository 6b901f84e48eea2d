import type { SentBatch } from '../../batch-watchers.js';
import type { Outcome } from '../../cache/counter-cache.js';
import type { BufferEntry } from '../entries/buffer-entry.js';
import type { EndedCall } from './partition-caller.js';

/** Of entries whose callers are not told yet, or are told an error. */
const OPEN: ReadonlySet<Outcome['kind']> = new Set<Outcome['kind']>([
  ...(['cold', 'behind', 'moved', 'overflow', 'conflict'] as const),
]);

/** What is told of a call to those who measure, before its callers are told. */
export function sentBatch(
  partition: number,
  entries: readonly BufferEntry[],
  began: number,
  result: EndedCall,
): SentBatch {
  const since = Math.min(...entries.map(({ created }) => created));
  const batch = { partition, entries: entries.length, since, began, ended: performance.now() };
  if ('error' in result) return { ...batch, acknowledged: 0, error: result.error };
  const isTold = (index: number): boolean => {
    const outcome = result.outcomes.get(index);
    return outcome === undefined || !OPEN.has(outcome.kind);
  };
  const acknowledged = entries.reduce(
    (sum, { waiting }, index) => (isTold(index) ? sum + waiting : sum),
    0,
  );
  return { ...batch, acknowledged };
}
