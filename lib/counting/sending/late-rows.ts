import type { Operation } from '../../cache/counter-cache.js';
import { CacheUnavailableError } from '../../errors.js';
import type { BufferEntry } from '../entries/buffer-entry.js';

const TOO_LATE =
  'An increment of a transaction was not sent: it waited for Redis for so long that nobody may know by now whether it was counted. Its row stays';

const isLate = ({ row }: Operation, now: number): boolean =>
  row !== undefined && row.notAfter < now;

/** Whether one of these counts a row of the outbox whose time is over. */
export function hasLateRow(operations: readonly Operation[]): boolean {
  const now = Date.now();
  return operations.some((operation) => isLate(operation, now));
}

/** Rejects entries of rows whose time is over, and answers the others. */
export function withoutLateRows(
  entries: readonly BufferEntry[],
  reject: (entry: BufferEntry, error: unknown) => void,
): readonly BufferEntry[] {
  const now = Date.now();
  const late = new Set(entries.filter((entry) => isLate(entry, now)));
  if (late.size === 0) return entries;
  const error = new CacheUnavailableError(TOO_LATE, { mayHaveRun: false });
  for (const entry of late) reject(entry, error);
  return entries.filter((entry) => !late.has(entry));
}
