import { parseName } from '../../../words/bucket-name.js';
import type { AskedKey, FoundKey, Moved, MoveRequest } from '../../counter-cache.js';
import { digestOf } from '../../key-digest.js';
import { fieldOfKey, knownKey } from '../state/idempotency-keys.js';
import type { PartitionState } from '../state/partition-state.js';
import { askForFirstWake } from './wakes.js';

/** A key is looked for under so many names at most, the latest ones. */
const MOST_FORMER = 100;

/** What `move.lua` does. */
export function move(
  state: PartitionState,
  { counter, to, lasting, former, names = [] }: MoveRequest,
  now: number,
): Moved | undefined {
  if (state.fence === undefined) return undefined;
  const known = formerNamesOf(state, counter, now);
  const keysUntil = Math.max(state.keys.last, known?.until ?? 0);
  if (former !== undefined) {
    const all = new Set([...former.names, ...(known?.names ?? [])]);
    const until = Math.max(former.until, known?.until ?? 0);
    state.former.set(counter, { names: [...all].slice(0, MOST_FORMER), until });
  }
  if (lasting === undefined) state.moves.delete(counter);
  else if (lasting !== 'as it is') state.moves.set(counter, { to, until: now + lasting });
  for (const name of names) {
    state.pending.set(name, state.pending.get(name) ?? 0n);
    state.due.put(name, now);
  }
  const wake = names.length === 0 ? undefined : askForFirstWake(state, now);
  if (keysUntil <= now) return { wake };
  return { wake, former: { names: known?.names ?? [], until: keysUntil } };
}

/** Where what is claimed of a counter, or of a bucket, goes; undefined where it stays. */
export function targetOf({ moves }: PartitionState, name: string, now: number): string | undefined {
  if (moves.size === 0) return undefined;
  const found = moves.get(parseName(name).counter);
  return found !== undefined && found.until > now ? found.to : undefined;
}

/** The names that a counter had, as long as keys may be known under them. */
export function formerNamesOf(
  { former }: PartitionState,
  counter: string,
  now: number,
): { names: readonly string[]; until: number } | undefined {
  const found = former.get(counter);
  return found !== undefined && found.until > now ? found : undefined;
}

/** Forgets those whose time is over. */
export function forgetMoves({ moves, former }: PartitionState, now: number): void {
  for (const [counter, { until }] of moves) if (until <= now) moves.delete(counter);
  for (const [counter, { until }] of former) if (until <= now) former.delete(counter);
}

/** What `known-key.lua` does. */
export function findKey(
  { keys }: PartitionState,
  counters: readonly string[],
  key: AskedKey,
  now: number,
): FoundKey | undefined {
  const { once, taken, done = false } = key;
  for (const counter of counters) {
    const digest = digestOf(counter, key) ?? '';
    const found = knownKey(keys, fieldOfKey(keys, counter, digest, now), now);
    if (found === undefined) continue;
    if (once === undefined) return { counter, delta: found.delta };
    if (done ? found.taken?.by !== taken?.by : found.takenBack !== false) continue;
    found.taken ??= taken;
    const { delta, buckets, expires, taken: noted } = found;
    if (done) Object.assign(found, { takenBack: true, taken: undefined });
    return { counter, delta, once: { buckets, within: expires - now, taken: noted } };
  }
  return undefined;
}
