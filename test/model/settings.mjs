const { env } = process;

/** One operation a token: a counter and what is done to it, nothing for an increment. */
const KINDS = { '': 'add', '+': 'addAndGet', '=': 'set', 0: 'reset', '-': 'delete', '#': 'keyed' };

/** One producer sends them in order. All `keyed` increments of a counter have the same idempotency key. */
export const OPS = (env.OPS ?? 'aab').match(/[ab][+=0#-]?/g).map(([name, kind = '']) => ({
  name,
  kind: KINDS[kind],
}));
export const BUDGET = {
  workers: +(env.WORKERS ?? 2),
  crashes: +(env.CRASHES ?? 1),
  readers: +(env.READERS ?? 0),
  wipes: +(env.WIPES ?? 0),
  rewinds: +(env.REWINDS ?? 0),
  /** Times that all processes but one stop, that one flushes, and new ones start with another number of queues. */
  changes: +(env.CHANGES ?? 0),
};
/** Attempts to seed: each life of Redis takes one, and some fail or meet another. */
BUDGET.seedings = +(env.SEEDINGS ?? 1 + BUDGET.wipes + 2 * BUDGET.changes);
/** 1: the counters share a partition; 2: each has its own. */
export const QUEUES = +(env.QUEUES ?? 1);
/** A claim is on disk or on a replica before the database sees it. */
export const DURABLE = env.DURABLE === '1';
/** The producer is not stopped when the number of queues changes, and goes on with the old one. */
export const STRAGGLER = env.STRAGGLER === '1';

/** Whether this rule is left out. */
export const broken = (name) => env.MUTATION === name;
