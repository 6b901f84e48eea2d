import { InvalidArgumentError, quote } from '../errors.js';
import { reading } from '../words/read-options.js';

/** A `Date`, or milliseconds since 1970, as the latter. */
export function instant(value: unknown, what: string): number {
  const time = reading(what, () => (value instanceof Date ? value.getTime() : value));
  if (typeof time === 'number' && Math.abs(time) <= 8.64e15) return time;
  throw new InvalidArgumentError(
    `${what} must be a valid Date or milliseconds since 1970, not ${quote(value)}`,
  );
}
