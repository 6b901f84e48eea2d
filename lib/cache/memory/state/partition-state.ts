import { inRange, isLarge } from '../../../words/int64.js';
import type { Outcome, UnreportedLoss } from '../../counter-cache.js';
import { type Bases, noBases, persistedBase } from './bases.js';
import { DueTimes } from './due-times.js';
import type { ProcessDetails } from '../../processes.js';
import { type IdempotencyKeys, noKeys } from './idempotency-keys.js';

export interface OpenBatch {
  seq: number;
  nonce: string;
  at: number;
  holder: string;
  /** Until when it is kept for the holder. */
  until: number;
  deltas: Map<string, bigint>;
  removals: Set<string>;
  /** What rows hold, of those whose delta was computed from it. */
  expected: Map<string, bigint>;
  /** Where those go that are moved. */
  moves: Map<string, string>;
}

/** When counters of one interval are due together. */
export interface Round {
  time: number;
  /** Counters that were scheduled since it was opened. */
  count: number;
  /** Whether each counter is due by itself: the round before was full. */
  isSpread: boolean;
}

/** The last call of a sender. */
export interface Sender {
  seq: number;
  at: number;
  answer: { outcomes: ReadonlyMap<number, Outcome>; lost: boolean; uncertain: boolean };
}

/** The state of one partition: what the Redis keys of the same names hold. */
export interface PartitionState {
  fence?: number;
  generation: string;
  reserved?: { seq: number; lossUpTo: number; generation: string };
  /** As `reserve.lua` has it. */
  chain?: { seq: number; lossUpTo: number; nonce: string; reservations: readonly string[] };
  unreported?: Omit<UnreportedLoss, 'generation'>;
  pending: Map<string, bigint>;
  due: DueTimes;
  /** By interval. */
  rounds: Map<number, Round>;
  /** The job that was asked for. */
  asked?: { id: string; at: number };
  /** How many jobs were asked for. */
  wakes: number;
  /** Of partition 0: what tells this store from another one. */
  identity?: string;
  /** Of partition 0: the process that sweeps. */
  leader?: { process: string; until: number };
  /** Of partition 0: the process that follows it. */
  deputy?: { process: string; until: number };
  /** Of partition 0: the processes that persist. */
  workers: Map<string, { details: ProcessDetails; seenAt: number }>;
  /** Of partition 0: as `beat.lua` has it. */
  beatsSince?: number;
  batch?: OpenBatch;
  clients: Map<string, Sender>;
  /** Senders that ended: the last seq of each, and until when it is known. */
  retired: Map<string, { seq: number; until: number }>;
  deleted: Set<string>;
  expected: Map<string, bigint>;
  /** Counters whose counts go to another one, and until when. */
  moves: Map<string, { to: string; until: number }>;
  /** Names that counters had before, and until when keys may be known under them. */
  former: Map<string, { names: readonly string[]; until: number }>;
  /** In partition 0: what processes say of their rules, and when one did so last. */
  rules: Map<string, number>;
  /** How often cached values were dropped on request. */
  refreshes: number;
  /** Where the database was told to stand, instead of where it should. */
  behind?: string;
  keys: IdempotencyKeys;
  bases: Bases;
  overflowed: Map<string, bigint>;
  refused: Map<string, bigint>;
  /** What the database said of the last ones. */
  refusal?: string;
  parked: Map<string, { at: number; deltas: Map<string, bigint> }>;
}

export function newPartitionState(): PartitionState {
  return {
    generation: '',
    pending: new Map(),
    due: new DueTimes(),
    rounds: new Map(),
    wakes: 0,
    workers: new Map(),
    rules: new Map(),
    clients: new Map(),
    retired: new Map(),
    deleted: new Set(),
    expected: new Map(),
    refreshes: 0,
    moves: new Map(),
    former: new Map(),
    keys: noKeys(),
    bases: noBases(),
    overflowed: new Map(),
    refused: new Map(),
    parked: new Map(),
  };
}

/**
 * Why this cannot be what is pending: pending, batch and persisted value would leave the range
 * together, or might, if the persisted value were known.
 */
export function whyNot(
  state: PartitionState,
  name: string,
  pending: bigint,
  now: number,
): 'overflow' | 'cold' | undefined {
  const base = persistedBase(state.bases, name, now);
  const inBatch = state.batch?.deltas.get(name) ?? 0n;
  if (!inRange(pending) || (base !== undefined && !inRange(base + inBatch + pending))) {
    return 'overflow';
  }
  return base === undefined && (isLarge(pending) || isLarge(inBatch)) ? 'cold' : undefined;
}
