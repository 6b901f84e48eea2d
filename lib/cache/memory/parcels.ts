import { counterOf, OVERFLOWED, type Parcel, type ParcelPage, type Replay } from '../parcels.js';
import { type PartitionState, whyNot } from './partition-state.js';
import { wakeForFirst } from './wakes.js';

/** What `parcels.lua` does. */
export function parcels({ parked, overflowed }: PartitionState): Parcel[] {
  const all: Parcel[] = Array.from(parked, ([id, { at, deltas }]) => ({
    id,
    at,
    counters: deltas.size,
  }));
  if (overflowed.size > 0) all.push({ id: OVERFLOWED, at: undefined, counters: overflowed.size });
  return all;
}

/** What `parcel.lua` does. */
export function openParcel(state: PartitionState, id: string): ParcelPage {
  const entries = Array.from(deltasOf(state, id), ([field, delta]) => ({
    field,
    name: counterOf(field),
    delta: delta.toString(),
  }));
  return { entries, cursor: undefined };
}

/** What `replay.lua` does. */
export function replay(
  state: PartitionState,
  id: string,
  fields: readonly string[],
  now: number,
): Replay {
  const deltas = deltasOf(state, id);
  const result: Replay = { replayed: 0, refused: [] };
  for (const field of fields) {
    const delta = deltas.get(field);
    if (delta === undefined || state.fence === undefined) continue;
    const name = counterOf(field);
    const pending = (state.pending.get(name) ?? 0n) + delta;
    const reason = whyNot(state, name, pending, now);
    if (reason !== undefined) {
      result.refused.push({ field, reason });
      continue;
    }
    state.pending.set(name, pending);
    state.due.put(name, now);
    state.deleted.delete(name);
    deltas.delete(field);
    result.replayed++;
  }
  forgetEmpty(state, id);
  if (result.replayed > 0) result.wake = wakeForFirst(state, now);
  return result;
}

/** What `discard.lua` does. */
export function discard(state: PartitionState, id: string, fields: readonly string[]): number {
  const deltas = deltasOf(state, id);
  const discarded = fields.filter((field) => deltas.delete(field)).length;
  forgetEmpty(state, id);
  return discarded;
}

function deltasOf({ overflowed, parked }: PartitionState, id: string): Map<string, bigint> {
  return (id === OVERFLOWED ? overflowed : parked.get(id)?.deltas) ?? new Map<string, bigint>();
}

function forgetEmpty({ parked }: PartitionState, id: string): void {
  if (parked.get(id)?.deltas.size === 0) parked.delete(id);
}
