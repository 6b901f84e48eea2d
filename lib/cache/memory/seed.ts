import type { PartitionState } from './partition-state.js';

/** What `reserve.lua` does. */
export function reserve(
  state: PartitionState,
  seq: number,
  generation: string,
  now: number,
): string | undefined {
  if (state.fence !== undefined) return undefined;
  const before = state.reserved;
  // only reservations have moved the ledger since that one: nothing was forgotten
  const ledgerSeq = before !== undefined && before.highest >= seq - 1 ? before.ledgerSeq : seq - 1;
  const highest = Math.max(seq, before?.highest ?? 0);
  // of this execution: a call that was made once may run twice
  state.reserved = { seq, ledgerSeq, highest, generation: `${generation}:${now}` };
  return state.reserved.generation;
}

/** What `seed.lua` does. */
export function seed(state: PartitionState, generation: string): boolean {
  const { reserved } = state;
  if (state.fence !== undefined || reserved?.generation !== generation) return false;
  const { seq, ledgerSeq } = reserved;
  state.fence = seq;
  state.generation = generation;
  if (ledgerSeq > 0) state.unreported = { event: 'redisWiped', ledgerSeq };
  delete state.reserved;
  return true;
}
