import { reasonOf } from '../../../words/quote.js';

/** Why a call to Redis failed. A client that has not connected yet gives no error. */
export const failureOf = (error: unknown): string =>
  error instanceof Error ? reasonOf(error) : 'not connected yet';
