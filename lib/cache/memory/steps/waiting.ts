import { BUCKET_SEPARATOR } from '../../../words/bucket-name.js';
import type { WaitingNames, WaitingPage } from '../../counter-cache.js';
import type { PartitionState } from '../state/partition-state.js';

/** What `waiting.lua` answers on all its pages. */
export function waiting(
  { pending, batch, fence, generation }: PartitionState,
  { prefix, window }: WaitingNames,
): WaitingPage {
  const isAsked = (name: string): boolean => {
    const end = name.indexOf(BUCKET_SEPARATOR);
    if (!name.startsWith(prefix)) return false;
    return window === undefined ? end === -1 : end !== -1 && name.startsWith(window, end + 1);
  };
  const entries: WaitingPage['entries'] = [];
  for (const [name, delta] of pending) {
    if (isAsked(name)) entries.push({ name, delta: String(delta) });
  }
  for (const [name, delta] of batch?.deltas ?? []) {
    if (isAsked(name)) entries.push({ name, delta: String(delta), claimed: true });
  }
  return { entries, fence, generation, batchSeq: batch?.seq };
}
