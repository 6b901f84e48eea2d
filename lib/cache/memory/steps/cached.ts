import { parseName } from '../../../words/bucket-name.js';
import type { Fill, Refreshed } from '../../counter-cache.js';
import { fillBases, noBases } from '../state/bases.js';
import type { PartitionState } from '../state/partition-state.js';

/** How long cached values live, in milliseconds, and how many of them a generation has. */
interface Keeping {
  ttl: number;
  most: number;
}

/** What `fill.lua` does. */
export function fill(
  state: PartitionState,
  filled: Fill,
  now: number,
  { ttl, most }: Keeping,
): void {
  const { fence, generation, batchSeq, ledgerSeq, refreshes = 0, values } = filled;
  if (state.fence !== fence || state.generation !== generation) return;
  if (state.refreshes !== refreshes) return;
  const open = state.batch?.seq;
  const fits =
    open === undefined
      ? batchSeq === undefined || batchSeq === ledgerSeq
      : batchSeq === open && ledgerSeq < open;
  if (fits) fillBases(state.bases, values, now, ttl, most);
}

/** What `refresh.lua` does, in one page. */
export function refresh(state: PartitionState, names: readonly string[] | undefined): Refreshed {
  if (state.fence === undefined) return { near: [] };
  state.refreshes++;
  const meant = names && new Set(names);
  const concerns = (name: string): boolean => meant?.has(parseName(name).counter) ?? true;
  const { younger, older, large } = state.bases;
  for (const { values } of [younger, older]) {
    for (const name of values.keys()) if (concerns(name)) values.delete(name);
  }
  return { near: [...large.keys()].filter(concerns) };
}

/** What `forget.lua` does. */
export function forget(state: PartitionState, applied: number, ledgerSeq: number): boolean {
  if (state.fence === undefined || (state.batch?.seq ?? state.fence + 1) - 1 !== applied)
    return false;
  const isBehind = ledgerSeq < applied;
  state.bases = isBehind ? noBases() : { ...noBases(), large: state.bases.large };
  const behind = `${applied} ${ledgerSeq}`;
  if (!isBehind || state.behind === behind) return false;
  state.behind = behind;
  return true;
}
