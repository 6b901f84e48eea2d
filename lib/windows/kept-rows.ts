import type { BucketWindow, CountWindow } from '../words/bucket-name.js';
import { kindOf } from './own-spans.js';

/** Milliseconds by which clocks of processes may differ. */
const CLOCKS = 60_000;

/**
 * Whether the rows of a window that ends at a time are all there: from its retention on they are removed, by the clock of whichever
 * process does so. Retention is in milliseconds from the end of a window on; 0 is for ever.
 */
export function hasRows(
  window: BucketWindow,
  end: number,
  retention: Readonly<Record<CountWindow, number>>,
): boolean {
  const kept = retention[kindOf(window)];
  return kept === 0 || Date.now() < end + kept - CLOCKS;
}
