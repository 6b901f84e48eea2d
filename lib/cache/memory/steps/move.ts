import { parseName, withoutNumber } from '../../../words/bucket-name.js';
import type { AskedKey, FoundKey, Moved, MoveRequest } from '../../counter-cache.js';
import { digestOf } from '../../key-digest.js';
import { fieldAsOf, joinNames, nameAsOf } from '../state/former-names.js';
import { forgetKeysOf, keepNumber, knownKey, numberOf } from '../state/idempotency-keys.js';
import type { PartitionState } from '../state/partition-state.js';
import { askForFirstWake } from './wakes.js';

/** What `move.lua` does. */
export function move(
  state: PartitionState,
  { counter, to, lasting, former, names = [] }: MoveRequest,
  now: number,
): Moved | undefined {
  if (state.fence === undefined) return undefined;
  const { keys } = state;
  if (lasting !== 'as it is') beginAnewIfOver(state, counter, now);
  const known = formerNamesOf(state, counter, now);
  const keysUntil = Math.max(keys.last, known?.until ?? 0);
  if (former !== undefined) {
    const all = joinNames(keys, counter, [...former.names, ...(known?.names ?? [])], now);
    const until = Math.max(former.until, known?.until ?? 0);
    if (all.length > 0) state.former.set(counter, { names: all, until });
  }
  if (lasting === undefined) state.moves.delete(counter);
  else if (lasting !== 'as it is') state.moves.set(counter, { to, until: now + lasting });
  for (const name of names) {
    state.pending.set(name, state.pending.get(name) ?? 0n);
    state.due.put(name, now);
  }
  const wake = names.length === 0 ? undefined : askForFirstWake(state, now);
  if (keysUntil <= now) return { wake };
  const answered = [...(known?.names ?? [])];
  if (keys.last > now) {
    answered.unshift(nameAsOf(keys, counter, now));
    const number = numberOf(keys, counter, now);
    // whoever knows this name must not take keys of a later counter for its own
    if (number > 0) keepNumber(keys, counter, number);
  }
  return { wake, former: { names: answered, until: keysUntil } };
}

/** What `_anew.lua` does. */
export function beginAnewIfOver(state: PartitionState, counter: string, now: number): void {
  const { moves, former, keys } = state;
  const found = moves.get(counter);
  if (found === undefined || found.until > now) return;
  forgetKeysOf(keys, counter, now);
  moves.delete(counter);
  former.delete(counter);
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
export function forgetMoves(state: PartitionState, now: number): void {
  const { moves, former } = state;
  for (const counter of moves.keys()) beginAnewIfOver(state, counter, now);
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
    const digest = digestOf(withoutNumber(counter), key) ?? '';
    const field = fieldAsOf(keys, counter, digest, now);
    const found = field === undefined ? undefined : knownKey(keys, field, now);
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
