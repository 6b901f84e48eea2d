import { INT64_MAX, INT64_MIN } from '../int64.js';
import type { Outcome } from '../counter-cache.js';
import { DueTimes } from './due-times.js';

export interface OpenBatch {
  seq: number;
  nonce: string;
  at: number;
  deltas: Map<string, bigint>;
  removals: Set<string>;
}

/** The state of one partition: what the Redis keys of the same names hold. */
export interface PartitionState {
  fence?: number;
  generation: string;
  pending: Map<string, bigint>;
  due: DueTimes;
  batch?: OpenBatch;
  clients: Map<
    string,
    { seq: number; at: number; answer: { outcomes: ReadonlyMap<number, Outcome>; lost: boolean } }
  >;
  deleted: Set<string>;
  claims: Map<string, { value: string; expires: number }>;
  base: Map<string, { value: bigint; expires: number }>;
  overflowed: Map<string, bigint>;
  parked: Map<string, { at: number; pending: Map<string, bigint>; batch?: OpenBatch }>;
}

export function newPartitionState(): PartitionState {
  return {
    generation: '',
    pending: new Map(),
    due: new DueTimes(),
    clients: new Map(),
    deleted: new Set(),
    claims: new Map(),
    base: new Map(),
    overflowed: new Map(),
    parked: new Map(),
  };
}

export function inRange(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}

/** Three numbers can only leave the range together when one of them is as large as this. */
export function isLarge(value: bigint): boolean {
  return value >= 2n ** 61n || value <= -(2n ** 61n);
}

/** The cached base, unless it expired. */
export function cachedBase(state: PartitionState, name: string, now: number): bigint | undefined {
  const cached = state.base.get(name);
  if (cached === undefined) return undefined;
  if (cached.expires > now) return cached.value;
  state.base.delete(name);
  return undefined;
}
