import type { CacheTimings } from '../cache-timings.js';
import type { AddAnswer, AddRequest, Operation, Outcome } from '../counter-cache.js';
import { cachedBase, type PartitionState, whyNot } from './partition-state.js';

/** What `add.lua` does, on the state in this process. */
export function add(
  state: PartitionState,
  request: AddRequest,
  timings: CacheTimings,
  now: number,
): AddAnswer {
  if (state.fence === undefined) return { status: 'unseeded' };
  if (state.generation !== request.generation) {
    return { status: 'generation', generation: state.generation };
  }
  const seen = state.clients.get(request.client);
  if (seen !== undefined && request.seq < seen.seq) return { status: 'stale' };
  const first = state.due.earliest();
  if (seen?.seq === request.seq) {
    const wakeIn = first === undefined ? undefined : Math.max(0, first - now);
    return { status: 'applied', ...seen.answer, wakeIn };
  }

  const outcomes = new Map<number, Outcome>();
  let earliest: number | undefined;
  request.operations.forEach((operation, index) => {
    const { outcome, applied } = run(state, operation, timings, now);
    if (outcome !== undefined) outcomes.set(index, outcome);
    if (!applied) return;
    const at = dueTime(operation.interval, timings.tick, now);
    if (earliest === undefined || at < earliest) earliest = at;
    state.due.put(operation.name, at);
  });
  const lost = (seen?.seq ?? 0) < (request.acknowledged ?? 0);
  const answer = { outcomes, lost, repeated: request.repeated ?? false };
  state.clients.set(request.client, { seq: request.seq, at: now, answer });
  const earlier = earliest !== undefined && (first === undefined || earliest < first);
  return {
    status: 'applied',
    ...answer,
    wakeIn: earlier && earliest !== undefined ? earliest - now : undefined,
  };
}

function dueTime(interval: number, tick: number, now: number): number {
  const grain = Math.min(tick, interval);
  return grain === 0 ? now : Math.ceil((now + interval) / grain) * grain;
}

function run(
  state: PartitionState,
  operation: Operation,
  timings: CacheTimings,
  now: number,
): { outcome?: Outcome; applied: boolean } {
  const { name, kind } = operation;
  const base = cachedBase(state, name, now);
  if (base === undefined && (kind !== 'add' || operation.total)) {
    return { outcome: { kind: 'cold' }, applied: false };
  }
  const known = knownClaim(state, operation, now);
  if (known !== undefined) return { outcome: known, applied: false };

  const claimed = state.batch?.deltas.get(name) ?? 0n;
  const before = state.pending.get(name) ?? 0n;
  const value = BigInt(operation.value);
  const pending = kind === 'add' ? before + value : value - (base ?? 0n) - claimed;
  const refused = whyNot(state, name, pending, now);
  if (refused !== undefined) return { outcome: { kind: refused }, applied: false };

  state.pending.set(name, pending);
  if (kind === 'delete') state.deleted.add(name);
  else state.deleted.delete(name);
  const key = claimKey(operation);
  if (key !== undefined) {
    state.claims.set(key, { value: operation.value, expires: now + timings.idempotencyTtl });
  }
  if (base === undefined || (kind === 'add' && !operation.total)) return { applied: true };
  const shown = kind === 'add' ? pending : before;
  return {
    outcome: { kind: 'total', base: `${base}`, batch: `${claimed}`, pending: `${shown}` },
    applied: true,
  };
}

function knownClaim(state: PartitionState, operation: Operation, now: number): Outcome | undefined {
  const key = claimKey(operation);
  const claim = key === undefined ? undefined : state.claims.get(key);
  if (claim === undefined || claim.expires <= now) return undefined;
  return { kind: claim.value === operation.value ? 'duplicate' : 'conflict' };
}

function claimKey({ name, idempotencyKey }: Operation): string | undefined {
  return idempotencyKey === undefined ? undefined : `${name}\0${idempotencyKey}`;
}
