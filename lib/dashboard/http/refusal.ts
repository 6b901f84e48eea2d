import { FastCounterError } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';

/** A request that is answered with a status and a sentence. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** For the page, stable. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const STATUS: Partial<Record<FastCounterError['code'], number>> = {
  INVALID_ARGUMENT: 400,
  INVALID_COUNTER_NAME: 400,
  CACHE_UNAVAILABLE: 503,
  DATABASE_UNAVAILABLE: 503,
  SHUT_DOWN: 503,
};

/** What is answered to a request that failed; undefined for what nobody foresaw. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (!(error instanceof FastCounterError)) return undefined;
  const message = reasonOf(error).replace(/^\[\w+\] /, '');
  return new Refusal(STATUS[error.code] ?? 500, error.code, message);
}
