import type { Batch, BatchEntry } from '../../cache/counter-cache.js';
import { bucketSuffix, parseName } from '../../words/bucket-name.js';
import { INT64_MIN, type Int64String } from '../../words/int64.js';
import type { OutboxRow } from './outbox.js';
import { outboxIds } from './outbox-id.js';

const idOf = outboxIds();

type Added = Pick<BatchEntry, 'name' | 'delta'>;

/** A row that is to be removed, as another counter gets what it holds. */
export interface Moving {
  name: string;
  /** What it holds. */
  value: Int64String;
  moveTo: string;
}

/** `values`: what rows hold after the batch, of what was neither left out nor refused. */
export const movingOf = ({ entries }: Batch, values: ReadonlyMap<string, Int64String>): Moving[] =>
  entries.flatMap(({ name, moveTo }) => {
    const value = values.get(name);
    // the one value without an opposite stays
    if (moveTo === undefined || value === undefined || BigInt(value) === INT64_MIN) return [];
    return [{ name, value, moveTo }];
  });

const isHeld = ({ value }: Moving): boolean => value !== '0';

/** What makes their rows zero. */
export const takenOf = (moving: readonly Moving[]): Added[] =>
  moving.filter(isHeld).map(({ name, value }) => ({ name, delta: String(-BigInt(value)) }));

/** What the other counters get. */
export const rowsOf = (moving: readonly Moving[]): OutboxRow[] =>
  moving.filter(isHeld).map(({ name, value, moveTo }) => {
    const { bucket } = parseName(name);
    const madeAt = Date.now();
    const moved = { suffix: bucket && bucketSuffix(bucket) };
    return { id: idOf(madeAt), name: moveTo, delta: value, windows: [], madeAt, moved };
  });

/** Values of rows, where these are gone. */
export const withoutMoved = (
  values: ReadonlyMap<string, Int64String>,
  moved: readonly Moving[],
): Map<string, Int64String> =>
  new Map([...values, ...moved.map(({ name }) => [name, '0'] as const)]);

/** What was added to each counter, and taken from it. */
export function summed(entries: readonly Added[]): Added[] {
  const sums = new Map<string, bigint>();
  for (const { name, delta } of entries) sums.set(name, (sums.get(name) ?? 0n) + BigInt(delta));
  return Array.from(sums, ([name, delta]) => ({ name, delta: String(delta) })).filter(
    ({ delta }) => delta !== '0',
  );
}
