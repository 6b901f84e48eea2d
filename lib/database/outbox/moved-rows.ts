import type { Batch, BatchEntry } from '../../cache/counter-cache.js';
import { parseName } from '../../words/bucket-name.js';
import { INT64_MIN, type Int64String } from '../../words/int64.js';
import type { OutboxRow } from './outbox.js';
import { outboxIds } from './outbox-id.js';

const idOf = outboxIds();

/** What is to be moved to other counters, with what the rows hold now. */
export interface Moving {
  /** Those to remove, at zero too. */
  names: readonly string[];
  /** What makes their rows zero. */
  taken: readonly Pick<BatchEntry, 'name' | 'delta'>[];
  /** What the other counters get. */
  rows: readonly OutboxRow[];
}

/** Undefined where a batch moves nothing. `values`: what rows hold after the batch, of what was neither left out nor refused. */
export function movingOf(
  { entries }: Batch,
  values: ReadonlyMap<string, Int64String>,
): Moving | undefined {
  const names: string[] = [];
  const taken: Pick<BatchEntry, 'name' | 'delta'>[] = [];
  const rows: OutboxRow[] = [];
  for (const { name, moveTo } of entries) {
    const value = values.get(name);
    // the one value without an opposite stays
    if (moveTo === undefined || value === undefined || BigInt(value) === INT64_MIN) continue;
    names.push(name);
    if (value === '0') continue;
    taken.push({ name, delta: String(-BigInt(value)) });
    const { bucket } = parseName(name);
    const now = Date.now();
    rows.push({
      ...{ id: idOf(now), name: moveTo, delta: value, windows: [] },
      ...{ madeAt: bucket?.start ?? now, moved: { window: bucket?.window } },
    });
  }
  return names.length === 0 ? undefined : { names, taken, rows };
}

/** Values of rows, where these are gone. */
export const withoutMoved = (
  values: ReadonlyMap<string, Int64String>,
  { names }: Pick<Moving, 'names'>,
): Map<string, Int64String> => new Map([...values, ...names.map((name) => [name, '0'] as const)]);
