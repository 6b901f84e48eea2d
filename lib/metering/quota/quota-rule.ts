import type { ExecutionContext } from '@nestjs/common';
import { checkValue } from '../../input/arguments.js';
import { checkCounterName } from '../../input/counter-name.js';
import { Calendar } from '../../windows/calendar.js';
import { isPlainObject, readOptions } from '../../words/read-options.js';
import {
  FastCounterError,
  InvalidArgumentError,
  InvalidOptionsError,
  quote,
} from '../../errors.js';
import { type Dimensions, type DimensionValue, meteredName } from '../service/dimensions.js';
import { countsOverage, quotaLimit } from '../service/quota-bound.js';
import { crossingsOf } from '../service/thresholds.js';
import { dimensionOf } from './dimension-template.js';
import type { QuotaDefaults, QuotaOptions } from '../service/quota.types.js';
import { findWindow } from '../service/windows/quota-window.js';
import type { QuotaWindow } from '../service/windows/quota-window.types.js';

/** A value, or a function that answers the value for a call, also as a promise. @publicApi */
export type PerCall<Value> = Value | ((context: ExecutionContext) => Value | Promise<Value>);

/** One rule of `@Quota()`: how many calls pass, of whom, and per which window. @publicApi */
export interface QuotaRule extends Pick<QuotaOptions, 'overage' | 'thresholds'>, QuotaDefaults {
  /** The counter that calls are counted in: a name, not a template. Quotas of one call need different counters. */
  name: string;
  /** How much may be used, from 0. `Infinity` is no limit: all calls pass, and are counted. */
  limit: PerCall<number | bigint>;
  /**
   * The window that the limit holds for: one of the option `windows.timeZone`, or one with a time zone or a first day of its own,
   * such as `{ month: { anchor: 17, timeZone: 'Europe/Berlin' } }`; of a tenant, by a function.
   *
   * @default none: the limit holds for the total
   */
  window?: PerCall<QuotaWindow> | undefined;
  /** How much a call takes, from 0. A call that takes 0 passes while less than the limit is used. @default 1 */
  delta?: PerCall<number | bigint> | undefined;
  /**
   * Whose quota it is: each combination of values has a counter of its own. By the name of a dimension a constant, a template
   * such as `'{request.ip}'`, or a function. A placeholder of a template begins with `request`, `class` or `method`. A call
   * for which a value is missing or empty is answered with 400.
   *
   * @default none: one quota for all callers
   */
  dimensions?: Readonly<Record<string, PerCall<DimensionValue | undefined>>> | undefined;
}

/** Whatever the time zone is: what is wrong with a window does not depend on it. */
const ANY = new Calendar('UTC');
const DEFAULTS = ['whenUnavailable', 'timeout', 'charge'] as const;
const OF_DEFAULTS: ReadonlySet<keyof QuotaDefaults> = new Set(DEFAULTS);
const OPTIONS: ReadonlySet<keyof QuotaRule> = new Set([
  ...(['name', 'limit', 'window', 'delta', 'overage', 'thresholds', 'dimensions'] as const),
  ...DEFAULTS,
]);
const LONGEST_TIMEOUT = 600_000;

/** Checks what can be checked of a rule when the class is defined, and answers a copy. */
export const checkRule = (given: unknown): QuotaRule => asOptions('@Quota()', () => checked(given));

/** Checks the option `quotas`, and answers a copy. */
export const checkDefaults = (given: unknown): QuotaDefaults =>
  asOptions('Option "quotas"', () => {
    const defaults = readOptions<QuotaDefaults>(given, OF_DEFAULTS, 'quotas');
    checkSettings(defaults);
    return defaults;
  });

const checkedRules = new WeakMap<QuotaRule, QuotaRule>();

/** The same for a rule of a call. A rule that comes again is known. */
export function checkedOnce(given: QuotaRule): QuotaRule {
  const rule = checkedRules.get(given) ?? checkRule(given);
  checkedRules.set(given, rule);
  return rule;
}

function asOptions<Options>(what: string, check: () => Options): Options {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof FastCounterError)) throw error;
    if (error instanceof InvalidOptionsError) throw error;
    const reason = error.message.replace(/^\[\w+\] /, '');
    throw new InvalidOptionsError(`${what} is wrong: ${reason}`, { cause: error });
  }
}

function checked(given: unknown): QuotaRule {
  const rule = readOptions<QuotaRule>(given, OPTIONS, '@Quota()');
  const { name, limit, window, delta, dimensions } = rule;
  checkCounterName(name);
  if (name.includes('{request.')) {
    throw new InvalidArgumentError(
      `name is no template: give what stands in ${quote(name)} as a dimension, such as dimensions: { ip: '{request.ip}' }`,
    );
  }
  if (typeof limit !== 'function') quotaLimit(limit);
  if (delta !== undefined && typeof delta !== 'function') quotaDelta(delta);
  if (window !== undefined && typeof window !== 'function') findWindow(window, ANY);
  countsOverage(rule.overage);
  checkSettings(rule);
  const found = dimensions && checkDimensions(name, dimensions);
  crossingsOf(rule.thresholds, name, found as Dimensions | undefined);
  return found === undefined ? rule : { ...rule, dimensions: found };
}

function checkSettings({ whenUnavailable, timeout, charge }: QuotaDefaults): void {
  checkChoice('whenUnavailable', whenUnavailable, ['allow', 'refuse']);
  checkChoice('charge', charge, ['always', 'success']);
  if (timeout !== undefined && !(timeout >= 1 && timeout <= LONGEST_TIMEOUT)) {
    throw new InvalidArgumentError(
      `timeout must be milliseconds from 1 to ${LONGEST_TIMEOUT}, not ${quote(timeout)}`,
    );
  }
}

function checkChoice(option: string, given: string | undefined, choices: readonly string[]): void {
  if (given === undefined || choices.includes(given)) return;
  throw new InvalidArgumentError(
    `${option} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}, not ${quote(given)}`,
  );
}

function checkDimensions(name: string, given: unknown): NonNullable<QuotaRule['dimensions']> {
  if (!isPlainObject(given)) {
    throw new InvalidArgumentError(
      `dimensions must be an object of values, templates and functions, not ${quote(given)}`,
    );
  }
  const dimensions = Object.entries(given).map(([key, value]) => {
    if (value === undefined || value === '') {
      throw new InvalidArgumentError(`Dimension ${quote(key)} must not be empty`);
    }
    return [key, typeof value === 'string' ? dimensionOf(key, value) : value] as const;
  });
  const values = dimensions.map(([key, value]) => [key, typeof value === 'function' ? 1 : value]);
  meteredName(name, Object.fromEntries(values) as Record<string, string>);
  return Object.fromEntries(dimensions) as NonNullable<QuotaRule['dimensions']>;
}

/** Checks how much a call takes: a call gives nothing back. */
export function quotaDelta(delta: unknown): bigint {
  checkValue(delta, 'delta');
  if (delta >= 0) return BigInt(delta);
  throw new InvalidArgumentError(`delta must not be below 0, not ${quote(delta)}`);
}
