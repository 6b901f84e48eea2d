/** All in milliseconds. */
export interface CacheTimings {
  /** Due times are rounded up to a tick, or to the interval if that is shorter; interval 0 is due at once. */
  tick: number;
  /** How long a cached base lives. */
  baseTtl: number;
  /** How long an idempotency key is known. */
  idempotencyTtl: number;
  /** How long the last answer to a sender is known: longer than any retry can take. */
  clientTtl: number;
  /** How long a sender that ended in order is known: longer than a network can hold back a call. */
  retiredTtl: number;
  /** How long a batch is kept for the worker that claimed it, unless that prolongs it. */
  lease: number;
}

export const DEFAULT_TIMINGS: CacheTimings = {
  tick: 1000,
  baseTtl: 3_600_000,
  idempotencyTtl: 86_400_000,
  clientTtl: 7 * 86_400_000,
  retiredTtl: 3_600_000,
  lease: 5000,
};
