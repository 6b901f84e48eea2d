import { counts } from '../digits.js';
import { RESET } from '../workload.js';
import type { World } from '../world.js';
import { byDigit, checkCounts } from './increments.js';

/** What the resets answered and what is left are together what was counted. */
export function checkResets(world: World, value: bigint): string[] {
  if (world.redis.losses.length > 0) return [];
  const answers = world.history.resets.map((reset) => reset.value);
  const known = answers.reduce<bigint>((sum, answer) => sum + (answer ?? 0n), value);
  if (!answers.includes(undefined)) {
    return checkCounts(world, { counter: RESET, value: known, all: byDigit(world, RESET) });
  }
  // what a reset of unknown outcome took is not known
  const doubled = counts(known).some((count) => !(count <= 1));
  return doubled ? [`${RESET}: resets and value are together ${known}: something twice`] : [];
}
