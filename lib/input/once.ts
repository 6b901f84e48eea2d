import { InvalidArgumentError, quote } from '../errors.js';
import { readOptions } from '../words/read-options.js';
import { checkDelta, checkIncrementOptions, checkText } from './arguments.js';
import type { OnceOptions } from './counter.types.js';

export const MOST_KEY_CHARACTERS = 1000;
/** 400 days: Redis holds the keys. */
const LONGEST = 400 * 86_400_000;
const FOR_EVER =
  'Redis does not keep keys for ever: for that, insert a row with a unique key into your database, and call incr() with the option transaction in the same transaction';

/** A key, and for how many milliseconds it is known. */
export interface OnceWithin {
  readonly key: string;
  readonly within: number;
}

const OPTIONS: ReadonlySet<keyof OnceOptions> = new Set([
  ...(['within', 'delta', 'updateInterval', 'windows'] as const),
]);

/** Checks the options of `incrOnce()`, and answers a copy of them. */
export function checkOnceOptions(options: unknown): OnceOptions {
  const given = readOptions<OnceOptions>(options, OPTIONS, 'incrOnce()');
  const { within, delta, updateInterval, windows } = given;
  checkWithin(within);
  if (delta !== undefined) checkDelta(delta);
  return { ...given, ...checkIncrementOptions({ updateInterval, windows }, 'incrOnce()') };
}

export function checkOnceKey(key: unknown, what = 'key'): asserts key is string {
  checkText(key, what, MOST_KEY_CHARACTERS);
}

/** `refusal` makes the error, of what `within` must be. */
export function checkWithin(
  within: unknown,
  refusal = (must: string): Error =>
    new InvalidArgumentError(`within (given: ${quote(within)}) ${must}`),
): asserts within is number {
  if (Number.isSafeInteger(within) && (within as number) >= 1 && (within as number) <= LONGEST) {
    return;
  }
  const must = `must be whole milliseconds from 1 to ${LONGEST}, which is 400 days`;
  const isLonger = typeof within === 'number' && within > LONGEST;
  throw refusal(isLonger ? `${must}. ${FOR_EVER}` : must);
}
