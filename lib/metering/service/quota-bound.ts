import { checkIncrementOptions, checkValue } from '../../input/arguments.js';
import { checkCounterName } from '../../input/counter-name.js';
import type { BigIntAnswer } from '../../input/counter.types.js';
import type { Calendar } from '../../windows/calendar.js';
import { checkBigInt, readOptions } from '../../words/read-options.js';
import { InvalidArgumentError, quote } from '../../errors.js';
import { meteredName } from './dimensions.js';
import { type Crossings, crossingsOf } from './thresholds.js';
import type { QuotaLookOptions, QuotaOptions } from './quota.types.js';
import { findWindow, type FoundWindow, instantOf } from './windows/quota-window.js';

/** Which counter to take from, how much, and up to which limit. */
export interface QuotaBound {
  counter: string;
  /** Absent: unlimited. */
  limit?: bigint;
  /** 0 takes nothing, a negative one gives back. */
  delta: bigint;
  window?: FoundWindow;
  /** A second limit: the largest number that can be answered exactly. */
  most?: bigint;
  updateInterval?: number;
  idempotencyKey?: string;
  /** Whether what is beyond the limit is taken as well. */
  overage?: boolean;
  /** What is told when so much is used. */
  crossings?: Crossings;
}

const OF_QUOTA: ReadonlySet<keyof QuotaLookOptions | 'bigint'> = new Set([
  ...(['limit', 'window', 'at', 'dimensions', 'bigint'] as const),
]);
const OF_CONSUME: ReadonlySet<keyof QuotaOptions | 'bigint'> = new Set([
  ...(['limit', 'window', 'delta', 'overage', 'thresholds', 'dimensions'] as const),
  ...(['updateInterval', 'idempotencyKey', 'bigint'] as const),
]);
const LARGEST_NUMBER = BigInt(Number.MAX_SAFE_INTEGER);

interface Asked {
  bound: QuotaBound;
  asBigInt: boolean;
}

/** Checks the arguments of `consume()`. */
export const quotaBound = (name: string, options: unknown, calendar: Calendar): Asked =>
  checked(name, readOptions<Given>(options, OF_CONSUME, 'consume()'), calendar);

/** Checks the arguments of `quota()`, and answers the bound that takes nothing, and the instant whose window is asked for. */
export function lookedBound(
  name: string,
  options: unknown,
  calendar: Calendar,
): Asked & { at?: number | undefined } {
  const { at, ...given } = readOptions<Given & QuotaLookOptions>(options, OF_QUOTA, 'quota()');
  const asked = checked(name, { ...given, delta: 0 }, calendar);
  if (at === undefined) return asked;
  if (asked.bound.window === undefined)
    throw new InvalidArgumentError('at needs the option window');
  return { ...asked, at: instantOf(at, 'at') };
}

type Given = QuotaOptions & Partial<BigIntAnswer>;

function checked(name: string, given: Given, calendar: Calendar): Asked {
  const { window, delta = 1, dimensions, bigint, ...rest } = given;
  const counter = meteredName(name, dimensions);
  checkCounterName(counter);
  checkValue(delta, 'delta');
  const found = window === undefined ? undefined : findWindow(window, calendar);
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
    ...{ counter, limit, delta: BigInt(delta), window: found },
    overage: countsOverage(rest.overage),
    crossings: crossingsOf(rest.thresholds, name, dimensions),
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

/** Checks the option `overage`. */
export function countsOverage(overage: unknown): boolean {
  if (overage === undefined || overage === 'refuse') return false;
  if (overage === 'count') return true;
  throw new InvalidArgumentError(`overage must be 'refuse' or 'count', not ${quote(overage)}`);
}

/** What is left, from 0 to the limit; undefined without a limit. */
export function remainingOf(limit: bigint | undefined, used: bigint): bigint | undefined {
  if (limit === undefined) return undefined;
  return used < limit ? limit - used : 0n;
}

/** What is used beyond the limit. */
export const overOf = (limit: bigint | undefined, used: bigint): bigint =>
  limit !== undefined && used > limit ? used - limit : 0n;
