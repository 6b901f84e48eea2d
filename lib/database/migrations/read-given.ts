import { InvalidArgumentError, quote } from '../../errors.js';

/** Refuses what is no object of options, and keys that are not known: a misspelt option must not be ignored. */
export function readGiven(
  given: unknown,
  known: readonly string[],
  method: string,
): Record<string, unknown> {
  if (!isOptions(given)) {
    throw new InvalidArgumentError(
      `The options of ${method} must be an object, not ${quote(given)}`,
    );
  }
  for (const key in given) {
    if (known.includes(key)) continue;
    throw new InvalidArgumentError(
      `${method} has no option ${quote(key)}; it has ${known.join(', ')}`,
    );
  }
  return given;
}

const isOptions = (given: unknown): given is Record<string, unknown> =>
  Object.prototype.toString.call(given) === '[object Object]';
