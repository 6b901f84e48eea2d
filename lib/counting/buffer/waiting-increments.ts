import type { UnsettledEntries } from '../entries/unsettled-entries.js';

/** Increments without an answer of Redis. */
export interface WaitingIncrements {
  increments: number;
  /** When the first of them came, in `performance.now()` milliseconds; `Infinity` where there is none. */
  oldest: number;
}

/**
 * A time by the clock of this process: every increment that it made before is delivered. In milliseconds since 1970. `expectedSince`:
 * when it made the first one in a transaction that may be open.
 */
export function deliveredUntil(
  { lanes }: { lanes: Parameters<typeof waitingIn>[0] },
  { expectedSince }: { expectedSince: number },
): number {
  const { oldest } = waitingIn(lanes);
  const held = Number.isFinite(oldest) ? Math.max(0, performance.now() - oldest) : 0;
  return Math.floor(Math.min(Date.now() - held, expectedSince));
}

/** Sums up what waits in several lanes. */
export function waitingIn(
  lanes: readonly { readonly unsettled: UnsettledEntries }[],
): WaitingIncrements {
  const waiting = lanes.map(({ unsettled }) => unsettled.waiting());
  return {
    increments: waiting.reduce((sum, lane) => sum + lane.increments, 0),
    oldest: Math.min(...waiting.map((lane) => lane.oldest)),
  };
}
