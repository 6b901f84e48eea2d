import type { CounterIncrement } from '../../input/counter.types.js';
import type { IncrementBuffer } from './increment-buffer.js';

/** How many entries these increments need, added one after the other, beside those that they join. */
export function newEntries(
  increments: readonly CounterIncrement[],
  buffer: IncrementBuffer,
): number {
  const last = new Map<string, string>();
  return increments.filter(({ name, idempotencyKey, windows, at }) => {
    const before = last.get(name);
    const kind = [idempotencyKey, at, ...(windows ?? [])].join();
    last.set(name, kind);
    if (idempotencyKey !== undefined || at !== undefined) return true;
    if (before !== undefined) return before !== kind;
    return buffer.joinable(name, windows) === undefined;
  }).length;
}
