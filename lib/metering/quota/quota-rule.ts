import type { ExecutionContext } from '@nestjs/common';
import { checkValue, checkWindow } from '../../input/arguments.js';
import { checkCounterName } from '../../input/counter-name.js';
import { isPlainObject, readOptions } from '../../words/read-options.js';
import {
  FastCounterError,
  InvalidArgumentError,
  InvalidOptionsError,
  quote,
} from '../../errors.js';
import { type DimensionValue, meteredName } from '../service/dimensions.js';
import { quotaLimit } from '../service/quota-bound.js';
import type { QuotaOptions } from '../service/metering.types.js';

/** A value, or how it is found for a call. @publicApi */
export type PerCall<Value> = Value | ((context: ExecutionContext) => Value | Promise<Value>);

/** @publicApi */
export interface QuotaRule extends Pick<QuotaOptions, 'window'> {
  /** The counter that it is counted in; quotas of one call need different ones. */
  name: string;
  /** `Infinity` lets all calls through, and counts them. */
  limit: PerCall<number | bigint>;
  /** How much a call takes; 0 takes nothing, and passes until the limit is used. @default 1 */
  delta?: PerCall<number | bigint> | undefined;
  /** Whose quota it is: what is found here gets a counter of its own. Calls without it get 400. */
  dimensions?: Readonly<Record<string, PerCall<DimensionValue | undefined>>> | undefined;
  /** What becomes of calls while Redis or the database does not answer. @default 'allow' */
  whenUnavailable?: 'allow' | 'refuse' | undefined;
  /** How long a call waits for them, in milliseconds, for all quotas together. @default 1_000 */
  timeout?: number | undefined;
}

const OPTIONS: ReadonlySet<keyof QuotaRule> = new Set([
  ...(['name', 'limit', 'window', 'delta'] as const),
  ...(['dimensions', 'whenUnavailable', 'timeout'] as const),
]);
const LONGEST_TIMEOUT = 600_000;

/** A copy of a rule that is right as far as it is known when the class is defined. */
export function checkRule(given: unknown): QuotaRule {
  try {
    return checked(given);
  } catch (error) {
    if (!(error instanceof FastCounterError)) throw error;
    const reason = error.message.replace(/^\[\w+\] /, '');
    throw new InvalidOptionsError(`@Quota() is wrong: ${reason}`, { cause: error });
  }
}

function checked(given: unknown): QuotaRule {
  const rule = readOptions<QuotaRule>(given, OPTIONS, '@Quota()');
  const { name, limit, window, delta, dimensions, whenUnavailable, timeout } = rule;
  checkCounterName(name);
  if (typeof limit !== 'function') quotaLimit(limit);
  if (delta !== undefined && typeof delta !== 'function') quotaDelta(delta);
  if (window !== undefined) checkWindow(window, 'window');
  if (whenUnavailable !== undefined && !['allow', 'refuse'].includes(whenUnavailable)) {
    throw new InvalidArgumentError(
      `whenUnavailable must be 'allow' or 'refuse', not ${quote(whenUnavailable)}`,
    );
  }
  if (timeout !== undefined && !(timeout >= 1 && timeout <= LONGEST_TIMEOUT)) {
    throw new InvalidArgumentError(
      `timeout must be milliseconds from 1 to ${LONGEST_TIMEOUT}, not ${quote(timeout)}`,
    );
  }
  return dimensions === undefined
    ? rule
    : { ...rule, dimensions: checkDimensions(name, dimensions) };
}

function checkDimensions(name: string, given: unknown): NonNullable<QuotaRule['dimensions']> {
  if (!isPlainObject(given)) {
    throw new InvalidArgumentError(
      `dimensions must be an object of values and functions, not ${quote(given)}`,
    );
  }
  const dimensions = { ...given } as NonNullable<QuotaRule['dimensions']>;
  const values = Object.entries(dimensions).map(([key, value]) => {
    if (value !== undefined && value !== '') return [key, typeof value === 'function' ? 1 : value];
    throw new InvalidArgumentError(`Dimension ${quote(key)} must not be empty`);
  });
  meteredName(name, Object.fromEntries(values) as Record<string, string>);
  return dimensions;
}

/** A call takes, it does not give back. */
export function quotaDelta(delta: unknown): bigint {
  checkValue(delta, 'delta');
  if (delta >= 0) return BigInt(delta);
  throw new InvalidArgumentError(`delta must not be below 0, not ${quote(delta)}`);
}
