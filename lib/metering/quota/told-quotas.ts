import { BadRequestException, InternalServerErrorException } from '@nestjs/common';
import { quote } from '../../errors.js';
import type { LogLines } from '../../incidents/log-lines.js';
import type { PlaceholderError } from '../rules/template.js';
import type { QuotaRule } from './quota-rule.js';

/** A mistake of the application: answers the call with 500, and says nothing of the mistake to the caller. */
export class MistakenQuotaError extends InternalServerErrorException {
  constructor(
    readonly rule: QuotaRule,
    readonly option: string,
    readonly reason: string,
  ) {
    super();
  }
}

/** The call has no value for a placeholder of a dimension, or one that no counter can have. */
export class UnfilledKeyError extends BadRequestException {
  readonly isMissing: boolean;

  constructor(
    readonly rule: QuotaRule,
    readonly unfilled: PlaceholderError,
  ) {
    const { value } = unfilled;
    const isMissing = value === undefined || value === null || value === '';
    const message = isMissing ? 'The quota key is missing' : 'The quota key is not valid';
    super(message, { cause: unfilled });
    this.isMissing = isMissing;
  }
}

/** What the log has of each rule. */
const told = new WeakMap<QuotaRule, Set<string>>();

/** Logs a mistake, or a placeholder without a value, once: Nest does not log an `HttpException`. */
export function tellOnce(error: unknown, lines: LogLines): void {
  if (error instanceof MistakenQuotaError) {
    const { rule, option, reason } = error;
    if (!isNew(rule, option)) return;
    lines
      .of()
      .error(
        `@Quota() of ${quote(rule.name)} answers calls with 500: ${reason}. This line comes once`,
      );
  } else if (error instanceof UnfilledKeyError) {
    const { rule, isMissing, unfilled } = error;
    if (!isNew(rule, unfilled.placeholder)) return;
    // not the value: it came with the request
    const has = isMissing ? 'has no value' : 'has a value that no name of a counter can hold';
    lines
      .of()
      .warn(
        `@Quota() of ${quote(rule.name)} answered a call with 400: ${unfilled.placeholder} ${has}. If every call is answered so, ` +
          'look at the placeholder, and whether the value is made by a guard that comes later. This line comes once',
      );
  }
}

function isNew(rule: QuotaRule, what: string): boolean {
  const before = told.get(rule) ?? new Set();
  told.set(rule, before);
  return before.size < before.add(what).size;
}
