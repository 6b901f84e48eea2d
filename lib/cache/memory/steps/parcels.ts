import {
  type ChangedEntry,
  counterOf,
  entryOf,
  OVERFLOWED,
  REFUSED,
  type Parcel,
  type ParcelPage,
  type Replay,
  type SeenEntry,
} from '../../parcels.js';
import { type PartitionState, whyNot } from '../state/partition-state.js';
import { askForFirstWake } from './wakes.js';

/** What `list-parcels.lua` does. */
export function parcels({ parked, overflowed, refused, refusal }: PartitionState): Parcel[] {
  const all: Parcel[] = Array.from(parked, ([id, { at, deltas }]) => ({
    id,
    at,
    counters: deltas.size,
  }));
  if (overflowed.size > 0) all.push({ id: OVERFLOWED, at: undefined, counters: overflowed.size });
  if (refused.size > 0) all.push({ id: REFUSED, counters: refused.size, error: refusal });
  return all;
}

/** What `open-parcel.lua` does. */
export function openParcel(state: PartitionState, id: string, prefix: string): ParcelPage {
  const asked = [...deltasOf(state, id)].filter(([field]) => field.startsWith(prefix));
  const entries = asked.map(([field, delta]) => entryOf(field, delta.toString()));
  return { entries, cursor: undefined };
}

/** What `replay.lua` does. */
export function replay(
  state: PartitionState,
  id: string,
  entries: readonly SeenEntry[],
  now: number,
): Replay {
  const deltas = deltasOf(state, id);
  const result: Replay = { replayed: 0, refused: [], changed: [] };
  if (state.fence === undefined) return result;
  for (const { field, delta: seen } of entries) {
    const delta = deltas.get(field);
    if (delta?.toString() !== seen) {
      result.changed.push({ field, delta: delta?.toString() });
      continue;
    }
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
  forgetIfEmpty(state, id);
  if (result.replayed > 0) result.wake = askForFirstWake(state, now);
  return result;
}

/** What `discard.lua` does. */
export function discard(
  state: PartitionState,
  id: string,
  entries: readonly SeenEntry[],
): ChangedEntry[] {
  const deltas = deltasOf(state, id);
  const changed: ChangedEntry[] = [];
  for (const { field, delta } of entries) {
    const present = deltas.get(field)?.toString();
    if (present === delta) deltas.delete(field);
    else changed.push({ field, delta: present });
  }
  forgetIfEmpty(state, id);
  return changed;
}

function deltasOf(state: PartitionState, id: string): Map<string, bigint> {
  if (id === OVERFLOWED) return state.overflowed;
  if (id === REFUSED) return state.refused;
  return state.parked.get(id)?.deltas ?? new Map<string, bigint>();
}

function forgetIfEmpty(state: PartitionState, id: string): void {
  if (deltasOf(state, id).size > 0) return;
  if (id === REFUSED) delete state.refusal;
  state.parked.delete(id);
}
