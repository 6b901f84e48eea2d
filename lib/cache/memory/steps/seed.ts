import type { PartitionState } from '../state/partition-state.js';

/** What `reserve.lua` does. */
export function reserve(
  state: PartitionState,
  seq: number,
  randomPart: string,
  nonce: string,
  now: number,
): string | undefined {
  if (state.fence !== undefined) return undefined;
  const { chain } = state;
  // the cases (a) and (b) of `reserve.lua`
  const isUncommitted = chain?.nonce === nonce;
  const isCommitted = chain?.reservations.includes(nonce) ?? false;
  const lossUpTo = chain !== undefined && (isUncommitted || isCommitted) ? chain.lossUpTo : seq - 1;
  const generation = `${randomPart}:${now}${lossUpTo === 0 ? ':0' : ''}`;
  if (chain === undefined || seq >= chain.seq) {
    const reservations = isUncommitted
      ? [...chain.reservations.slice(-40), generation]
      : [generation];
    state.chain = { seq, lossUpTo, nonce, reservations };
  }
  state.reserved = { seq, lossUpTo, generation };
  return generation;
}

/** What `seed.lua` does. */
export function seed(state: PartitionState, generation: string): boolean {
  const { reserved } = state;
  if (state.fence !== undefined || reserved?.generation !== generation) return false;
  const { seq, lossUpTo } = reserved;
  state.fence = seq;
  state.generation = generation;
  if (lossUpTo > 0) state.unreported = { event: 'redisWiped', ledgerSeq: lossUpTo };
  delete state.reserved;
  delete state.chain;
  return true;
}
