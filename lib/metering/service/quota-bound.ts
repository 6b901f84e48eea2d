import { checkIncrementOptions, checkValue, checkWindow } from '../../input/arguments.js';
import { checkCounterName } from '../../input/counter-name.js';
import type { BigIntAnswer } from '../../input/counter.types.js';
import { checkBigInt, readOptions } from '../../words/read-options.js';
import type { CountWindow } from '../../words/bucket-name.js';
import { InvalidArgumentError, quote } from '../../errors.js';
import { meteredName } from './dimensions.js';
import type { QuotaOptions } from './metering.types.js';

/** Which counter to take from, how much, and up to which limit. */
export interface QuotaBound {
  counter: string;
  /** Absent: unlimited. */
  limit?: bigint;
  /** 0 takes nothing, a negative one gives back. */
  delta: bigint;
  window?: CountWindow;
  /** A second limit: the largest number that can be answered exactly. */
  most?: bigint;
  updateInterval?: number;
  idempotencyKey?: string;
}

const OPTIONS: ReadonlySet<keyof QuotaOptions | 'bigint'> = new Set([
  ...(['limit', 'window', 'delta', 'dimensions'] as const),
  ...(['updateInterval', 'idempotencyKey', 'bigint'] as const),
]);
const LARGEST_NUMBER = BigInt(Number.MAX_SAFE_INTEGER);

/** Checks the arguments of `consume()`. */
export function quotaBound(
  name: string,
  options: unknown,
): { bound: QuotaBound; asBigInt: boolean } {
  const given = readOptions<QuotaOptions & Partial<BigIntAnswer>>(options, OPTIONS, 'consume()');
  const { window, delta = 1, dimensions, bigint, ...rest } = given;
  const counter = meteredName(name, dimensions);
  checkCounterName(counter);
  checkValue(delta, 'delta');
  if (window !== undefined) checkWindow(window, 'window');
  const { updateInterval, idempotencyKey } = rest;
  const asBigInt = checkBigInt(bigint);
  const limit = quotaLimit(rest.limit);
  if (asBigInt && limit === undefined) {
    throw new InvalidArgumentError(
      'limit must be finite with { bigint: true }: for no limit, give 2n ** 63n - 1n',
    );
  }
  if (!asBigInt && limit !== undefined && limit > LARGEST_NUMBER) {
    throw new InvalidArgumentError(
      `limit must be at most 2^53 - 1, not ${limit}: for more, pass { bigint: true }`,
    );
  }
  const bound = {
    ...checkIncrementOptions({ updateInterval, idempotencyKey }, 'consume()'),
    ...{ counter, limit, delta: BigInt(delta), window },
    most: asBigInt ? undefined : LARGEST_NUMBER,
  };
  return { bound, asBigInt };
}

/** Checks a limit; undefined for `Infinity`, which is none. */
export function quotaLimit(limit: unknown): bigint | undefined {
  if (limit === Infinity) return undefined;
  checkValue(limit, 'limit');
  if (limit >= 0) return BigInt(limit);
  throw new InvalidArgumentError(`limit must not be below 0, not ${quote(limit)}`);
}

/** What is left, from 0 to the limit; undefined without a limit. */
export function remainingOf(limit: bigint | undefined, used: bigint): bigint | undefined {
  if (limit === undefined) return undefined;
  return used < limit ? limit - used : 0n;
}
