/**
 * What became of increments: how many were acknowledged, and how many failed by error code.
 *
 * @param {Promise<void>[]} calls
 * @returns {Promise<import('./protocol.js').Outcomes>}
 */
export async function outcomesOf(calls) {
  const outcomes = { acknowledged: 0, failed: {} };
  for (const { status, reason } of await Promise.allSettled(calls)) {
    if (status === 'fulfilled') outcomes.acknowledged++;
    else outcomes.failed[reason.code] = (outcomes.failed[reason.code] ?? 0) + 1;
  }
  return outcomes;
}

/** Errors after which an increment was certainly not counted. */
export const REFUSALS = ['BACKPRESSURE', 'SHUT_DOWN', 'COUNTER_OVERFLOW'];

export function refusedOf({ failed }) {
  return REFUSALS.reduce((sum, code) => sum + (failed[code] ?? 0), 0);
}
