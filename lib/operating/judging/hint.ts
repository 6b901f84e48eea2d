import type { ParkedParcel } from '../parked-counts.js';

/** Whether the database has a parked count already, as far as can be said. */
export type ParkedHint = 'likely not counted' | 'not counted' | 'unknown';

/** What is known of a counter with parked counts. */
export interface Judged {
  /** Its row; null where there is none, absent where the database does not answer. */
  row?: { updatedAt: Date } | null | undefined;
  /** When the windows begin that are parked. */
  windows: readonly { start: Date }[];
}

/**
 * What overflowed or was refused is in no row. What Redis had again when it went back is in none where there is no row, or where the row was
 * written last before the newest of the parked windows began.
 */
export function hintOf(reason: ParkedParcel['reason'], { row, windows }: Judged): ParkedHint {
  if (reason !== 'rewind') return 'not counted';
  if (row === undefined) return 'unknown';
  if (row === null) return 'likely not counted';
  const newest = Math.max(...windows.map(({ start }) => start.getTime()));
  return row.updatedAt.getTime() < newest ? 'likely not counted' : 'unknown';
}
