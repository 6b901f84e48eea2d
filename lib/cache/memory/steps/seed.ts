import type { PartitionState } from '../state/partition-state.js';

/** What `reserve.lua` does. */
export function reserve(
  state: PartitionState,
  seq: number,
  given: string,
  nonce: string,
  now: number,
): string | undefined {
  if (state.fence !== undefined) return undefined;
  const { chain } = state;
  const again = chain?.nonce === nonce;
  const next = chain?.reservations.includes(nonce) ?? false;
  const ledgerSeq = chain !== undefined && (again || next) ? chain.ledgerSeq : seq - 1;
  // of this execution: a call that was made once may run twice; as `reserve.lua` has it
  const generation = `${given}:${now}${ledgerSeq === 0 ? ':0' : ''}`;
  if (chain === undefined || seq >= chain.seq) {
    const reservations = again ? [...chain.reservations.slice(-40), generation] : [generation];
    state.chain = { seq, ledgerSeq, nonce, reservations };
  }
  state.reserved = { seq, ledgerSeq, generation };
  return generation;
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
  delete state.chain;
  return true;
}
