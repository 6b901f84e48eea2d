import { BUCKET_SEPARATOR } from '../../../words/bucket-name.js';
import type { WaitingNames, WaitingPage } from '../../counter-cache.js';
import type { PartitionState } from '../state/partition-state.js';

/** What `waiting.lua` answers on all its pages. */
export function waiting(
  { pending, batch }: PartitionState,
  { prefix, window }: WaitingNames,
): WaitingPage['entries'] {
  const isAsked = (name: string): boolean => {
    const end = name.indexOf(BUCKET_SEPARATOR);
    if (!name.startsWith(prefix)) return false;
    return window === undefined ? end === -1 : end !== -1 && name.startsWith(window, end + 1);
  };
  return [pending, batch?.deltas ?? []].flatMap((deltas) =>
    Array.from(deltas, ([name, delta]) => ({ name, delta: String(delta) })).filter(({ name }) =>
      isAsked(name),
    ),
  );
}
