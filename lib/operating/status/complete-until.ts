import { REMEMBERED, type SeenProcess } from '../../cache/processes.js';

/**
 * The moment before which nothing is on its way any more: every increment that was made before, by any process that lives, is in
 * Redis, or in the database. Each process says it by its own clock, by which its increments are in their windows. A process that says
 * nothing counts as living for ten minutes in which it could say something.
 *
 * @param own what this process would say
 * @param waiting when the oldest increment of a transaction was made that waits to be counted
 */
export function completeUntil(
  processes: readonly SeenProcess[],
  own: number,
  waiting: Date | undefined,
): Date {
  const living = processes.filter(({ unheardFor }) => unheardFor <= REMEMBERED);
  const moments = [own, ...living.map(({ deliveredUntil }) => deliveredUntil)];
  if (waiting !== undefined) moments.push(waiting.getTime());
  return new Date(Math.min(...moments));
}
