import type { AckRequest, ClaimAnswer } from '../counter-cache.js';
import { parcelField } from '../parcels.js';
import { isLarge } from '../int64.js';
import { inRange, type PartitionState } from './partition-state.js';

/** What `claim.lua` does. */
export function claim(
  state: PartitionState,
  limit: number,
  nonce: string,
  now: number,
): ClaimAnswer {
  if (state.fence === undefined) return { status: 'unseeded' };
  if (state.batch === undefined) {
    const due = state.due.until(now, limit);
    if (due.length === 0) return { status: 'idle', ...nextIn(state, now) };
    state.fence += 1;
    const batch = {
      seq: state.fence,
      // of this execution: a call that was made once may run twice
      nonce: `${nonce}:${state.fence}:${now}`,
      at: now,
      deltas: new Map<string, bigint>(),
      removals: new Set<string>(),
    };
    for (const name of due) {
      batch.deltas.set(name, state.pending.get(name) ?? 0n);
      if (state.deleted.delete(name)) batch.removals.add(name);
      state.pending.delete(name);
      state.due.delete(name);
    }
    state.batch = batch;
  }
  const { seq, nonce: openNonce, deltas, removals } = state.batch;
  const entries = [...deltas].map(([name, delta]) => ({
    name,
    delta: delta.toString(),
    remove: removals.has(name),
  }));
  return { status: 'batch', batch: { seq, nonce: openNonce, entries } };
}

/** What `acknowledge.lua` does. */
export function acknowledge(
  state: PartitionState,
  request: AckRequest,
  now: number,
): { nextIn?: number } {
  const { batch } = state;
  if (batch?.nonce !== request.nonce) return nextIn(state, now);
  for (const name of request.leftOut) {
    const delta = batch.deltas.get(name) ?? 0n;
    const sum = (state.overflowed.get(name) ?? 0n) + delta;
    if (inRange(sum)) state.overflowed.set(name, sum);
    else state.overflowed.set(parcelField(name, batch.seq), delta);
  }
  for (const [name, text] of request.values) {
    const value = BigInt(text);
    // near the end of the range it must be known when increments come
    const expires = isLarge(value) ? Infinity : state.base.get(name)?.expires;
    if (expires !== undefined) state.base.set(name, { value, expires });
  }
  state.batch = undefined;
  return nextIn(state, now);
}

/** What `park.lua` does. */
export function park(
  state: PartitionState,
  nonce: string | undefined,
  ledgerSeq: number,
  generation: string,
  now: number,
): boolean {
  const { batch, fence } = state;
  if (fence === undefined) return false;
  if (nonce === undefined ? fence >= ledgerSeq : batch?.nonce !== nonce) return false;
  const deltas = state.pending;
  for (const [name, delta] of batch?.deltas ?? []) deltas.set(parcelField(name, 'batch'), delta);
  if (deltas.size > 0) state.parked.set(state.generation, { at: now, deltas });
  state.pending = new Map();
  state.due.clear();
  state.deleted.clear();
  state.base.clear();
  state.batch = undefined;
  state.fence = Math.max(fence, ledgerSeq);
  state.generation = `${generation}:${now}`;
  state.unreported = { event: 'parked', ledgerSeq };
  return true;
}

function nextIn(state: PartitionState, now: number): { nextIn?: number } {
  const first = state.due.earliest();
  return { nextIn: first === undefined ? undefined : Math.max(0, first - now) };
}
