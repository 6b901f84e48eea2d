import type { CacheTimings } from '../../cache-timings.js';
import { bucketName } from '../../../words/bucket-name.js';
import type { AddAnswer, AddRequest, Bounds, Operation, Outcome } from '../../counter-cache.js';
import { type Int64String, inRange } from '../../../words/int64.js';
import { digestOf } from '../../key-digest.js';
import { persistedBase } from '../state/bases.js';
import {
  fieldOfKey,
  forgetExpiredKeys,
  forgetKeysOf,
  type KnownKey,
  knownKey,
  rememberKey,
} from '../state/idempotency-keys.js';
import { type PartitionState, type Sender, whyNot } from '../state/partition-state.js';
import { joinRound, planOf } from '../state/rounds.js';
import { beginAnewIfOver, formerNamesOf } from './move.js';
import { askForWake } from './wakes.js';

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
  const seen = lastCallOf(state, request.client);
  if (seen !== undefined && request.seq < seen.seq) return { status: 'stale' };
  if (seen?.seq === request.seq) {
    // the answer that asked for the job may be the one that was lost
    const { asked } = state;
    const wake = asked && { id: asked.id, delay: Math.max(0, asked.at - now) };
    return { status: 'applied', ...seen.answer, wake };
  }

  const outcomes = new Map<number, Outcome>();
  let earliest: number | undefined;
  // with an operation that waits for a base: what comes behind it waits as well
  const cold = new Set<string>();
  request.operations.forEach((operation, index) => {
    const { outcome, applied, names } = cold.has(operation.name)
      ? refusal({ kind: 'behind' })
      : run(state, operation, timings, now);
    if (outcome !== undefined) outcomes.set(index, outcome);
    if (outcome?.kind === 'cold' || outcome?.kind === 'moved') cold.add(operation.name);
    if (!applied) return;
    const { interval } = operation;
    const { time, round } = planOf(state, interval, timings.tick, now);
    const before = state.due.size;
    for (const name of names ?? namesOf(operation)) state.due.put(name, time);
    if (earliest === undefined || time < earliest) earliest = time;
    joinRound(state, interval, round, state.due.size - before);
  });
  forgetExpiredKeys(state.keys, now, 2 * request.operations.length);
  const lost = (seen?.seq ?? 0) < (request.acknowledged ?? 0);
  const answer = { outcomes, lost, uncertain: request.uncertain ?? false };
  // the one that was silent for the longest comes first
  state.clients.delete(request.client);
  state.retired.delete(request.client);
  state.clients.set(request.client, { seq: request.seq, at: now, answer });
  const wake = earliest === undefined ? undefined : askForWake(state, now, earliest);
  return { status: 'applied', ...answer, wake };
}

const NO_ANSWER = { outcomes: new Map(), lost: false, uncertain: false } as const;

/** The last call of a sender; of one that ended only its seq is known. */
function lastCallOf(
  { clients, retired }: PartitionState,
  client: string,
): Pick<Sender, 'seq' | 'answer'> | undefined {
  const ended = retired.get(client);
  return ended === undefined ? clients.get(client) : { seq: ended.seq, answer: NO_ANSWER };
}

interface Result {
  outcome?: Outcome;
  applied: boolean;
  /** What was added to, where the operation does not tell. */
  names?: readonly string[];
}

const refusal = (outcome: Outcome): Result => ({ outcome, applied: false });

function run(
  state: PartitionState,
  operation: Operation,
  timings: CacheTimings,
  now: number,
): Result {
  if (operation.kind === 'add') return increment(state, operation, timings, now);
  return operation.kind === 'undo'
    ? takeBack(state, operation, now)
    : replace(state, operation, now);
}

function increment(
  state: PartitionState,
  operation: Operation,
  timings: CacheTimings,
  now: number,
): Result {
  const { name, bounds, once, buckets } = operation;
  const value = BigInt(operation.value);
  const shown = bounds?.bucket === undefined ? name : bucketName(name, bounds.bucket);
  const before = operation.total || bounds ? partsOf(state, shown, now) : NO_PARTS;
  if (before === undefined) return refusal({ kind: 'cold' });
  const digest = digestOf(name, operation);
  if (digest !== undefined) beginAnewIfOver(state, name, now);
  const field = digest && fieldOfKey(state.keys, name, digest, now);
  const known = field === undefined ? undefined : knownKey(state.keys, field, now);
  const former = field && toAskFor(state, operation, known, now);
  if (former) return former;
  if (known !== undefined && once === undefined) {
    return refusal({ kind: known.delta === operation.value ? 'duplicate' : 'conflict' });
  }
  if (known?.takenBack === false) return refusal({ kind: 'known' });
  if (bounds !== undefined && leavesBounds(bounds, sumOf(before) + value)) {
    return refusal({ kind: 'bounded', ...before });
  }

  const refused = addToAll(state, namesOf(operation), value, now);
  if (refused !== undefined) return refusal({ kind: refused });
  state.deleted.delete(name);
  if (field !== undefined) {
    const counted = { delta: operation.value, ...(once && { buckets, takenBack: false }) };
    const ttl = once?.within ?? timings.idempotencyTtl;
    rememberKey(state.keys, { counter: name, field }, counted, now, ttl);
  }
  const parts = operation.total ? partsOf(state, shown, now) : undefined;
  return { outcome: parts && { kind: 'total', ...parts }, applied: true };
}

/** The key may be known under a former name of the counter, or is being taken back elsewhere. */
function toAskFor(
  state: PartitionState,
  { name, isAskedFor }: Operation,
  known: KnownKey | undefined,
  now: number,
): Result | undefined {
  if (isAskedFor === true || (known && !known.taken)) return undefined;
  const names = formerNamesOf(state, name, now)?.names ?? [];
  const from = known === undefined ? names : [name, ...names];
  return from.length === 0 ? undefined : refusal({ kind: 'moved', from });
}

/** To all or to none; answers why to none. */
function addToAll(
  state: PartitionState,
  names: readonly string[],
  value: bigint,
  now: number,
): 'overflow' | 'cold' | undefined {
  const { pending } = state;
  for (const name of names) {
    const refused = whyNot(state, name, (pending.get(name) ?? 0n) + value, now);
    if (refused !== undefined) return refused;
  }
  for (const name of names) pending.set(name, (pending.get(name) ?? 0n) + value);
  return undefined;
}

/** Takes back what counted under a key, from the buckets that it was counted in too. */
function takeBack(state: PartitionState, operation: Operation, now: number): Result {
  const { name } = operation;
  beginAnewIfOver(state, name, now);
  const field = fieldOfKey(state.keys, name, digestOf(name, operation) ?? '', now);
  const known = knownKey(state.keys, field, now);
  const former = toAskFor(state, operation, known, now);
  if (former !== undefined) return former;
  if (known?.takenBack !== false || known.taken) return refusal({ kind: 'unknown' });
  const { delta, buckets } = known;
  const names = namesOf({ name, buckets });
  const refused = addToAll(state, names, -BigInt(delta), now);
  if (refused === 'cold') return refusal({ kind: 'cold', ...(buckets && { buckets }) });
  if (refused !== undefined) return refusal({ kind: refused });
  known.takenBack = true;
  state.deleted.delete(name);
  return { applied: true, names };
}

/** Of a delete in its buckets as well, all or none. */
function replace(state: PartitionState, operation: Operation, now: number): Result {
  const { name, kind, buckets } = operation;
  const names = namesOf(operation);
  const parts: Parts[] = [];
  const pending: bigint[] = [];
  // the claimed part is in the row before this is added to it
  const rows: bigint[] = [];
  for (const each of names) {
    const found = partsOf(state, each, now);
    if (found === undefined) return refusal({ kind: 'cold', ...(buckets && { buckets }) });
    // what the open batch moves elsewhere is in the row no more
    const isMoving = state.batch?.moves.has(each) ?? false;
    const row = isMoving ? 0n : BigInt(found.base) + BigInt(found.batch);
    const delta = BigInt(operation.value) - row;
    const refused = isMoving ? undefined : whyNot(state, each, delta, now);
    if (refused !== undefined) return refusal({ kind: refused });
    parts.push(found);
    rows.push(row);
    pending.push(delta);
  }
  names.forEach((each, place) => {
    state.pending.set(each, pending[place] ?? 0n);
    const row = rows[place] ?? 0n;
    if (inRange(row)) state.expected.set(each, row);
    else state.expected.delete(each);
    if (kind === 'delete') state.deleted.add(each);
  });
  if (kind === 'delete') {
    forgetKeysOf(state.keys, name, now);
    state.former.delete(name);
  } else state.deleted.delete(name);
  return { outcome: { kind: 'total', ...(parts[0] ?? NO_PARTS) }, applied: true };
}

type Parts = Record<'base' | 'batch' | 'pending', Int64String>;

const NO_PARTS: Parts = { base: '0', batch: '0', pending: '0' };

/** Undefined when the persisted part is not cached. */
function partsOf(state: PartitionState, name: string, now: number): Parts | undefined {
  const base = persistedBase(state.bases, name, now);
  if (base === undefined) return undefined;
  const batch = state.batch?.deltas.get(name) ?? 0n;
  const pending = state.pending.get(name) ?? 0n;
  return { base: `${base}`, batch: `${batch}`, pending: `${pending}` };
}

const sumOf = ({ base, batch, pending }: Parts): bigint =>
  BigInt(base) + BigInt(batch) + BigInt(pending);

function leavesBounds({ min, max }: Bounds, total: bigint): boolean {
  if (!inRange(total)) return true;
  return (min !== undefined && total < BigInt(min)) || (max !== undefined && total > BigInt(max));
}

/** The counter and its buckets. */
const namesOf = ({ name, buckets = [] }: Pick<Operation, 'name' | 'buckets'>): string[] => [
  name,
  ...buckets.map((suffix) => bucketName(name, suffix)),
];
