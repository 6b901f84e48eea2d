// partition  pending: counter -> delta     batch: {seq, nonce, deltas, removals} claimed, not acked     held: by a worker that lives
//            fence: last seq issued
//            generation: new at each seeding and parking     reserved: {seq, generation}, to be the fence
//            client: the last call applied, and its answer     base: persisted value, cached     keys: idempotency keys
// DB         applied: op -> times     rows: counters     ledger: {seq, nonce} of the last batch applied, one a partition
//
// A value, and a delta, says how often it holds each operation; those of nothing are left out.
import { broken, BUDGET, OPS, QUEUES } from './settings.mjs';

export const NAMES = ['a', 'b'];

const freshPartition = () => ({
  pending: { a: null, b: null }, // null: not due; a delta may be empty
  batch: null,
  held: false,
  fence: null,
  generation: 0,
  queues: 0,
  reserved: null,
  client: { seq: 0, cold: false, uncertain: false },
  base: { a: null, b: null },
  keys: {},
  deleted: {},
  parked: {},
});
const partitions = BUDGET.changes > 0 ? 2 : QUEUES;
export const freshRedis = () => Array.from({ length: partitions }, freshPartition);

export const start = {
  redis: freshRedis(),
  snapshot: null,
  db: {
    applied: {},
    rows: {},
    ledger: Array.from({ length: partitions }, () => ({ seq: 0, nonce: 0 })),
  },
  ops: OPS.map(() => 'new'), // 'new' | 'cold' | 'acked' | 'unknown'
  call: null, // {seq, generation, mayHaveRun}, of the first op that has no end
  seq: 0,
  producer: QUEUES, // number of queues of the producer, and of all others
  queues: QUEUES,
  workers: Array(BUDGET.workers).fill(null),
  readers: Array(BUDGET.readers).fill(null),
  truth: { a: {}, b: {} }, // what was applied, as Redis took it
  deletedLast: {},
  wipes: 0,
  rewinds: 0,
  crashes: 0,
  changes: 0,
  seedings: 0,
  next: 1, // nonce or generation
};

export const isFaultless = (s) => !s.wipes && !s.rewinds;
export const partitionOf = (name, queues) => (queues === 2 && name === 'b' ? 1 : 0);

/**
 * States that differ only in the names of nonces and generations, or in which worker does what, are one:
 * the names are given anew in the order in which they come, and the workers sorted.
 */
export function keyOf(s) {
  const order = (worker) => JSON.stringify(worker);
  if (s.workers.length > 1) s.workers.sort((one, other) => (order(one) < order(other) ? -1 : 1));
  const names = new Map();
  const key = JSON.stringify(s).replace(/"(nonce|generation)":([1-9]\d*)/g, (_, field, name) => {
    if (!names.has(name)) names.set(name, names.size + 1);
    return `"${field}":${names.get(name)}`;
  });
  return `${key.slice(0, key.lastIndexOf(','))},"next":${names.size + 1}}`;
}

export function parse(key) {
  return Object.defineProperty(JSON.parse(key), 'key', { value: key });
}

/** A copy that is changed, with what to call the step. */
export function step(s, label, change) {
  const t = JSON.parse(s.key);
  change(t);
  return [label, t];
}

export function addTo(value, delta, sign = 1) {
  for (const op of Object.keys(delta ?? {})) {
    const times = (value[op] ?? 0) + sign * delta[op];
    if (times === 0) delete value[op];
    else value[op] = times;
  }
  return value;
}

export const sum = (...deltas) => deltas.reduce((total, delta) => addTo(total, delta), {});
export const isEmpty = (delta) => Object.keys(delta).length === 0;

/** The persisted value of a counter. */
export const persisted = (s, name) =>
  Object.fromEntries(Object.entries(s.db.applied).filter(([op]) => OPS[op].name === name));

/** What the database cannot be told from is put aside: Redis went back in time. */
export function park(t, index, ledgerSeq) {
  const at = t.redis[index];
  const { pending, batch } = at;
  for (const name of NAMES) {
    addTo(at.parked, batch?.deltas[name]);
    if (broken('park-the-batch-only')) continue;
    addTo(at.parked, pending[name]);
    pending[name] = null;
  }
  at.batch = null;
  at.held = false;
  at.base = { a: null, b: null };
  at.deleted = {};
  at.fence = Math.max(at.fence, ledgerSeq);
  if (!broken('park-in-same-generation')) at.generation = t.next++;
}
