import type { Operation } from '../../cache/counter-cache.js';
import { CacheUnavailableError } from '../../errors.js';
import type { BufferEntry } from '../entries/buffer-entry.js';

const TOO_LATE =
  'An increment of a transaction was not sent: it waited for Redis for so long that nobody may know by now whether it was counted. Its row stays';

/** Whether one of these counts a row of the outbox whose time is over. */
export function hasLateRow(operations: readonly Operation[]): boolean {
  const now = Date.now();
  return operations.some(({ row }) => row !== undefined && row.notAfter < now);
}

/** Rejects entries of rows whose time is over, and answers the others. */
export function withoutLateRows(
  entries: readonly BufferEntry[],
  reject: (entry: BufferEntry, error: unknown) => void,
): readonly BufferEntry[] {
  if (!hasLateRow(entries)) return entries;
  const late = entries.filter((entry) => hasLateRow([entry]));
  for (const entry of late)
    reject(entry, new CacheUnavailableError(TOO_LATE, { mayHaveRun: false }));
  return entries.filter(({ isSettled }) => !isSettled);
}
