import {
  CounterOverflowError,
  type FastCounterError,
  IdempotencyConflictError,
  NewCounterLimitError,
  OutcomeUnknownError,
} from '../errors.js';

/**
 * Resolves when all increments of a call are counted. Otherwise it rejects when all are settled, with an error that is
 * true of the call as a whole: some of it may be counted, and an error that says "nothing was counted" would have
 * it repeated.
 */
export async function allCounted(increments: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(increments);
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as FastCounterError] : [],
  );
  const [first] = errors;
  if (first === undefined) return;
  const unknown = errors.find((error) => error instanceof OutcomeUnknownError);
  if (unknown !== undefined) throw unknown;
  const counted = results.length - errors.length;
  const general = errors.find((error) => !isOfOneCounter(error));
  if (counted === 0 || general === undefined) throw first;
  throw new OutcomeUnknownError(
    `${counted} of the ${results.length} increments of this call were counted, the others were not: ${general.code}`,
    { cause: general },
  );
}

/** It names its counter, and says nothing of the others of a call. */
const isOfOneCounter = (error: unknown): boolean =>
  error instanceof CounterOverflowError ||
  error instanceof IdempotencyConflictError ||
  error instanceof NewCounterLimitError;
