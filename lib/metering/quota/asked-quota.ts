import { BadRequestException, type ExecutionContext, type HttpException } from '@nestjs/common';
import { checkCounterName } from '../../input/counter-name.js';
import type { Calendar } from '../../windows/calendar.js';
import { isPlainObject } from '../../words/read-options.js';
import { FastCounterError, quote } from '../../errors.js';
import { type Dimensions, type DimensionValue, meteredName } from '../service/dimensions.js';
import { type QuotaBound, quotaLimit } from '../service/quota-bound.js';
import { crossingsOf } from '../service/thresholds.js';
import { findWindow } from '../service/windows/quota-window.js';
import { PlaceholderError } from '../rules/template.js';
import { type PerCall, quotaDelta, type QuotaRule } from './quota-rule.js';
import { MistakenQuotaError, UnfilledKeyError } from './told-quotas.js';

/** Values of dimensions that all quotas of a call have, beside those of their rules: `QuotaGuard.dimensionsOf()`. @publicApi */
export type QuotaDimensions = Readonly<Record<string, DimensionValue | undefined>>;

/** A rule with what it asks of a call. */
export interface AskedQuota {
  rule: QuotaRule;
  bound: QuotaBound;
}

/** What quotas of a call are found by. */
interface Asking {
  context: ExecutionContext;
  /** Of windows without a time zone of their own. */
  calendar: Calendar;
  shared: QuotaDimensions;
}

/**
 * Finds counter, window, limit and delta of each rule for a call. Throws where two rules come to the same counter, as the call would
 * take from it twice: where dimensions are functions, that is not known before the call.
 */
export async function askedQuotas(
  rules: readonly QuotaRule[],
  asking: Asking,
): Promise<AskedQuota[]> {
  const asked = await Promise.all(rules.map((rule) => askedQuota(rule, asking)));
  const counters = new Set<string>();
  for (const { rule, bound } of asked) {
    if (counters.size < counters.add(bound.counter).size) continue;
    const counter = quote(bound.counter);
    throw mistake(rule, 'name', `another quota of the same call counts in ${counter} as well`);
  }
  return asked;
}

/**
 * Finds counter, window, limit and delta of one rule for a call. An error that a function of the rule throws is passed on, as
 * functions refuse calls by it. A wrong answer of a function is a mistake of the application, told once in the log.
 */
async function askedQuota(
  rule: QuotaRule,
  { context, calendar, shared }: Asking,
): Promise<AskedQuota> {
  const { name, overage, thresholds } = rule;
  const dimensions: NonNullable<QuotaRule['dimensions']> = { ...shared, ...rule.dimensions };
  const found = await Promise.all(
    Object.entries(dimensions).map(
      async ([key, value]) => [key, await keyOf(rule, value, context)] as const,
    ),
  );
  for (const [key, value] of found) checkDimension(rule, key, value);
  const values = Object.fromEntries(found) as Dimensions;
  const counter = counterOf(name, values);
  const limit = await valueOf(rule.limit, context);
  const delta = await valueOf(rule.delta ?? 1, context);
  const window = rule.window && { given: await valueOf<unknown>(rule.window, context) };
  return {
    rule,
    bound: {
      counter,
      window: window && checkedAnswer(rule, 'window', () => findWindow(window.given, calendar)),
      overage: overage === 'count',
      crossings: checkedAnswer(rule, 'thresholds', () => crossingsOf(thresholds, name, values)),
      limit: checkedAnswer(rule, 'limit', () => quotaLimit(limit)),
      delta: checkedAnswer(rule, 'delta', () => quotaDelta(delta)),
    },
  };
}

function valueOf<Value>(value: PerCall<Value>, context: ExecutionContext): Value | Promise<Value> {
  return typeof value === 'function'
    ? (value as (context: ExecutionContext) => Value | Promise<Value>)(context)
    : value;
}

async function keyOf<Value>(
  rule: QuotaRule,
  value: PerCall<Value>,
  context: ExecutionContext,
): Promise<Value> {
  try {
    return await valueOf(value, context);
  } catch (error) {
    throw error instanceof PlaceholderError ? new UnfilledKeyError(rule, error) : error;
  }
}

function checkDimension(rule: QuotaRule, key: string, value: unknown): void {
  if (value === undefined || value === null || value === '') {
    throw new BadRequestException('The quota key is missing');
  }
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return;
  // a query or body has an array or object where a client gives a key twice, or a key with parts
  if (Array.isArray(value) || isPlainObject(value)) throw notValid();
  const must = `must be a string, a finite number or a boolean, not ${quote(value)}`;
  throw wrongAnswer(rule, `dimension ${key}`, must);
}

/** The counter of a rule. Its name and dimensions are right, so a value that cannot be part of a name came with the request. */
function counterOf(name: string, dimensions: Dimensions): string {
  try {
    const counter = meteredName(name, dimensions);
    checkCounterName(counter);
    return counter;
  } catch (cause) {
    throw notValid(cause);
  }
}

const notValid = (cause?: unknown): HttpException =>
  new BadRequestException('The quota key is not valid', { cause });

function checkedAnswer<Value>(rule: QuotaRule, option: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FastCounterError)) throw error;
    throw wrongAnswer(rule, option, error.message.replace(/^\[\w+\] /, ''));
  }
}

const wrongAnswer = (rule: QuotaRule, option: string, reason: string): HttpException =>
  mistake(rule, option, `the answer of ${option} is wrong: ${reason}`);

const mistake = (rule: QuotaRule, option: string, reason: string): HttpException =>
  new MistakenQuotaError(rule, option, reason);
