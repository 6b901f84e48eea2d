import { counts, delta, has } from '../digits.js';
import type { Increment } from '../history.js';
import type { World } from '../world.js';
import { byDigit as movedByDigit, isReported, lossesByDigit, type Names } from './losses.js';

/** Every send of one increment: more than one only with an idempotency key. */
export interface Sends {
  digit: number;
  sends: Increment[];
}

/** What is compared with what was counted. */
export interface Counted {
  /** The counter, for messages. */
  counter: string;
  value: bigint;
  all: readonly Sends[];
  /** Where it may be in Redis; the counter alone by default. */
  names?: Names;
  /** What waits for an operator beside the value. */
  waiting?: bigint;
  /** Increments that the database had, a bit each: no memory of Redis may have been their only place since. */
  persisted?: number;
}

export const byDigit = (world: World, counter: string): Sends[] =>
  toSends(world.history.increments.filter((increment) => increment.counter === counter));

export function toSends(increments: readonly Increment[]): Sends[] {
  const digits = new Map<number, Increment[]>();
  for (const increment of increments) {
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
  { counter, value, all, names = (name) => name === counter, waiting = 0n, persisted = 0 }: Counted,
): string[] {
  const found = counts(value);
  const kept = counts(waiting);
  const forgotten = lossesByDigit(world, names);
  const parcels = movedByDigit(world.redis.parcels, names);
  const replays = movedByDigit(world.redis.replays, names);
  const violations: string[] = [];
  for (const { digit, sends } of all) {
    const count = found[digit] ?? 0;
    const isLost = count === 0 && (kept[digit] ?? 0) === 0;
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
    } else if (isLost && has(persisted, digit)) {
      if (!parcels.has(digit)) complain('was persisted and is lost');
    } else if (isLost && acknowledged) {
      if (losses === undefined) complain('was acknowledged and is lost');
      else if (!isReported(world, losses, sends)) complain('was lost and nobody reported it');
    }
    if (isLost && replayed && !losses?.some(({ at }) => at > replayed.at)) {
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
