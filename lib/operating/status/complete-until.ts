import { REMEMBERED, type SeenProcess } from '../../cache/processes.js';

/**
 * The moment before which nothing is on its way any more: every increment that was made before, by any process that lives, is in
 * Redis, or in the database. Each process says it by its own clock, by which its increments are in their windows. A process that says
 * nothing counts as living for ten minutes in which it could say something.
 *
 * @param own what this process would say
 * @param waiting when the oldest increment of a transaction was made that waits to be counted
 * @param away when the outage of Redis began that lasts, or was over a moment ago: others say then what they hold since
 */
export function completeUntil(
  processes: readonly SeenProcess[],
  own: number,
  waiting: Date | undefined,
  away?: Date,
): Date {
  const living = processes.filter(({ unheardFor }) => unheardFor <= REMEMBERED);
  const moments = [own, ...living.map(({ deliveredUntil }) => deliveredUntil)];
  for (const moment of [waiting, away]) if (moment !== undefined) moments.push(moment.getTime());
  return new Date(Math.min(...moments));
}
