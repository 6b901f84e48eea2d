import { InvalidArgumentError, quote } from '../errors.js';
import { checkBigInt, readOptions } from '../words/read-options.js';
import type { BigIntAnswer, WatchOptions } from './counter.types.js';

const DEFAULT_EVERY = 1000;
const SHORTEST = 100;
const LONGEST = 3_600_000;
const OPTIONS: ReadonlySet<keyof WatchOptions | 'bigint'> = new Set(['every', 'onError', 'bigint']);

/** Checks the options of `watch()` and fills in the defaults. */
export function watchOptions(options: unknown): {
  every: number;
  bigint: boolean;
  onError: WatchOptions['onError'];
} {
  const given = readOptions<WatchOptions & Partial<BigIntAnswer>>(options, OPTIONS, 'watch()');
  const { every = DEFAULT_EVERY, onError } = given;
  if (!Number.isInteger(every) || every < SHORTEST || every > LONGEST) {
    throw new InvalidArgumentError(
      `every must be whole milliseconds from ${SHORTEST} to ${LONGEST}, not ${quote(every)}`,
    );
  }
  if (onError !== undefined && typeof onError !== 'function') {
    throw new InvalidArgumentError(`onError must be a function, not ${quote(onError)}`);
  }
  return { every, bigint: checkBigInt(given.bigint), onError };
}
