import { reasonOf } from '../../../words/quote.js';

/** Why it failed; an AggregateError of connection attempts has no message of its own. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'not connected yet';
  return reasonOf(error) || ((error as NodeJS.ErrnoException).code ?? error.name);
}
