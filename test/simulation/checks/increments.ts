import { counts, delta } from '../digits.js';
import type { Increment } from '../history.js';
import type { World } from '../world.js';
import { byDigit as movedByDigit, isReported, lossesByDigit } from './losses.js';

/** Every send of one increment: more than one only with an idempotency key. */
export interface Sends {
  digit: number;
  sends: Increment[];
}

export function byDigit(world: World, counter: string): Sends[] {
  const digits = new Map<number, Increment[]>();
  for (const increment of world.history.increments) {
    if (increment.counter !== counter) continue;
    const sends = digits.get(increment.digit);
    if (sends === undefined) digits.set(increment.digit, [increment]);
    else sends.push(increment);
  }
  return [...digits].map(([digit, sends]) => ({ digit, sends }));
}

/**
 * Acknowledged: counted once, unless Redis forgot it before the database had it. Refused: not
 * counted. Unknown: counted once or not at all.
 */
export function checkCounts(
  world: World,
  counter: string,
  value: bigint,
  all = byDigit(world, counter),
): string[] {
  const found = counts(value);
  const forgotten = lossesByDigit(world, counter);
  const parcels = movedByDigit(world.redis.parcels, counter);
  const replays = movedByDigit(world.redis.replays, counter);
  const violations: string[] = [];
  for (const { digit, sends } of all) {
    const count = found[digit] ?? 0;
    const told = sends.map(
      ({ invocation: { outcome = 'never answered', process } }) => `${outcome} of ${process.name}`,
    );
    const complain = (what: string): void => {
      violations.push(`${counter}, 4^${digit}, ${what} (${told.join(', ')})`);
    };
    const outcomes = sends.map(({ invocation }) => invocation.outcome);
    const acknowledged = outcomes.includes('acknowledged');
    const losses = forgotten.get(digit);
    const replayed = replays.get(digit)?.at(-1);
    // the database may have had what was put aside, and then has it twice
    const most = mostCounts(world, sends) + (replayed ? (parcels.get(digit)?.length ?? 0) : 0);
    if (!(count <= most)) complain(`was counted ${count} times`);
    else if (count > 0 && outcomes.every((outcome) => outcome === 'refused')) {
      complain('was counted though it was refused');
    } else if (count === 0 && acknowledged) {
      if (losses === undefined) complain('was acknowledged and is lost');
      else if (!isReported(world, losses, sends)) complain('was lost and nobody reported it');
    }
    if (count === 0 && replayed && !losses?.some(({ at }) => at > replayed.at)) {
      complain('was replayed and is lost');
    }
  }
  const sum = all.reduce((sum, { digit }) => sum + BigInt(found[digit] ?? 0) * delta(digit), 0n);
  if (sum !== value) violations.push(`${counter} is ${value}, and nobody counted ${value - sum}`);
  return violations;
}

/** With its memory Redis loses which idempotency keys it has seen. */
export function mostCounts(world: World, sends: readonly Increment[]): number {
  return world.redis.losses.length > 0 ? Math.max(1, sends.length) : 1;
}
