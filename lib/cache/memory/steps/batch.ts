import type { AckRequest, ClaimAnswer, ClaimRequest, HeldBatch } from '../../counter-cache.js';
import { inRange } from '../../../words/int64.js';
import { parcelField, replacedTag } from '../../parcels.js';
import { moveBase, noBases } from '../state/bases.js';
import { type OpenBatch, type PartitionState } from '../state/partition-state.js';
import { targetOf } from './move.js';
import { askForFirstWake } from './wakes.js';

/** What `claim.lua` does. */
export function claim(
  state: PartitionState,
  request: ClaimRequest,
  lease: number,
  now: number,
): ClaimAnswer {
  if (state.fence === undefined) return { status: 'unseeded' };
  const { holder, wake } = request;
  // from here on another job may be asked for: this run sees what was counted before
  if (wake !== undefined && state.asked?.id === wake) state.asked = undefined;
  const leftFor = (state.batch?.until ?? now) - now;
  if (state.batch?.holder !== holder && leftFor > 0 && leftFor <= lease) {
    return { status: 'held', leftFor };
  }
  state.batch ??= claimDue(state, state.fence, request, now);
  if (state.batch === undefined) return { status: 'idle', wake: askForFirstWake(state, now) };
  Object.assign(state.batch, { holder, until: now + lease });
  const { seq, nonce, deltas, removals, expected, moves } = state.batch;
  const entries = [...deltas].map(([name, delta]) => {
    const entry = { name, delta: delta.toString(), remove: removals.has(name) };
    const row = expected.get(name);
    const moveTo = moves.get(name);
    return {
      ...entry,
      ...(row !== undefined && { expected: row.toString() }),
      ...(moveTo !== undefined && { moveTo }),
    };
  });
  return { status: 'batch', batch: { seq, nonce, entries } };
}

/** Undefined when nothing is due. */
function claimDue(
  state: PartitionState,
  fence: number,
  { limit, nonce, holder }: ClaimRequest,
  now: number,
): OpenBatch | undefined {
  const due = state.due.until(now, limit);
  if (due.length === 0) return undefined;
  const seq = fence + 1;
  state.fence = seq;
  const batch: OpenBatch = {
    seq,
    // of this execution: a call that was made once may run twice
    nonce: `${nonce}:${seq}:${now}`,
    at: now,
    holder,
    until: now,
    deltas: new Map(),
    removals: new Set(),
    expected: new Map(),
    moves: new Map(),
  };
  for (const name of due) {
    batch.deltas.set(name, state.pending.get(name) ?? 0n);
    if (state.deleted.delete(name)) batch.removals.add(name);
    const row = state.expected.get(name);
    if (row !== undefined) batch.expected.set(name, row);
    state.expected.delete(name);
    const target = targetOf(state, name, now);
    if (target !== undefined) batch.moves.set(name, target);
    state.pending.delete(name);
    state.due.delete(name);
  }
  return batch;
}

/** What `hold.lua` does. */
export function hold(
  { batch }: PartitionState,
  { nonce, holder }: HeldBatch,
  milliseconds: number,
  now: number,
): void {
  if (batch?.nonce === nonce && batch.holder === holder) batch.until = now + milliseconds;
}

/** What `acknowledge.lua` does. */
export function acknowledge(state: PartitionState, request: AckRequest): void {
  const { batch } = state;
  if (batch?.nonce !== request.nonce) return;
  putAside(state.overflowed, batch, request.leftOut);
  for (const { error, names } of request.refused ?? []) {
    putAside(state.refused, batch, names);
    state.refusal = error;
  }
  for (const [name, text] of request.values) moveBase(state.bases, name, BigInt(text));
  state.batch = undefined;
}

function putAside(parcel: Map<string, bigint>, batch: OpenBatch, names: readonly string[]): void {
  for (const name of names) {
    const delta = batch.deltas.get(name) ?? 0n;
    const tag = tagOf(name, batch.expected, batch.removals);
    if (tag !== undefined) {
      parcel.set(parcelField(name, tag), delta);
      continue;
    }
    const sum = (parcel.get(name) ?? 0n) + delta;
    if (inRange(sum)) parcel.set(name, sum);
    else parcel.set(parcelField(name, batch.seq), delta);
  }
}

/** What tells that a delta is of a set or a delete; undefined for increments. */
function tagOf(
  name: string,
  expected: ReadonlyMap<string, bigint>,
  removals: ReadonlySet<string>,
  tag = '',
): string | undefined {
  const row = expected.get(name);
  if (row === undefined) return undefined;
  const operation = removals.has(name) ? 'delete' : 'set';
  return replacedTag({ operation, row: row.toString() }, tag);
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
  const deltas = new Map<string, bigint>();
  for (const [name, delta] of state.pending) {
    const tag = tagOf(name, state.expected, state.deleted);
    deltas.set(tag === undefined ? name : parcelField(name, tag), delta);
  }
  for (const [name, delta] of batch?.deltas ?? []) {
    const tag = tagOf(name, batch?.expected ?? new Map(), batch?.removals ?? new Set(), 'batch');
    deltas.set(parcelField(name, tag ?? 'batch'), delta);
  }
  if (deltas.size > 0) state.parked.set(state.generation, { at: now, deltas });
  state.pending = new Map();
  state.due.clear();
  state.deleted.clear();
  state.expected.clear();
  state.bases = noBases();
  state.batch = undefined;
  state.fence = Math.max(fence, ledgerSeq);
  state.generation = `${generation}:${now}`;
  // what is put aside is told first of all; a loss that nobody has told of is not hidden by a finding that puts nothing aside
  if (deltas.size > 0) state.unreported = { event: 'parked', ledgerSeq };
  else state.unreported ??= { event: 'parked', ledgerSeq, empty: true };
  return true;
}
