import { FastCounterError, InvalidArgumentError, quote } from '../errors.js';

/** Runs what reads an argument; getters, iterators and proxies of the caller may throw anything. */
export function reading<Answer>(what: string, read: () => Answer): Answer {
  try {
    return read();
  } catch (error) {
    throw readable(what, error);
  }
}

function readable(what: string, error: unknown): FastCounterError {
  if (error instanceof FastCounterError) return error;
  return new InvalidArgumentError(`${what} could not be read`, { cause: error });
}

/** Neither null nor an array, a Map, a Set: keys of those are no options. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(Symbol.iterator in value);

/** An object as it is written in braces, of whatever realm: no class has made it. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** Of a promise, a `Date`, an error and the like no property is an option, so none would be found wrong. */
const isSomethingElse = (value: object): boolean =>
  Object.prototype.toString.call(value) !== '[object Object]' || 'then' in value;

/**
 * A copy of an object of options. Each is read once, so that what was checked is what is used, and a
 * key that is not known is refused: a misspelt option must not be ignored.
 */
export function readOptions<Options>(
  given: unknown,
  known: ReadonlySet<keyof Options & string>,
  method: string,
): Options {
  try {
    if (isRecord(given) && (isPlainObject(given) || !isSomethingElse(given))) {
      return copied(given, known, method) as Options;
    }
  } catch (error) {
    throw readable(`The options of ${method}`, error);
  }
  throw new InvalidArgumentError(`The options of ${method} must be an object, not ${quote(given)}`);
}

function copied(
  given: Record<string, unknown>,
  known: ReadonlySet<string>,
  method: string,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const key in given) {
    if (!known.has(key)) {
      throw new InvalidArgumentError(
        `${method} has no option ${quote(key)}; it has ${[...known].join(', ')}`,
      );
    }
    const value = given[key];
    if (value !== undefined) options[key] = value;
  }
  const prototype: unknown = Object.getPrototypeOf(given);
  if (prototype === Object.prototype || prototype === null) return options;
  // accessors of a class are not among the keys
  for (const key of known) {
    if (key in options) continue;
    const value = given[key];
    if (value !== undefined) options[key] = value;
  }
  return options;
}

const BIGINT: ReadonlySet<'bigint'> = new Set(['bigint']);
const OF_COUNTS: ReadonlySet<'bigint' | 'settled'> = new Set(['bigint', 'settled']);

/** Of a method that has no other option. */
export function readBigInt(given: unknown, method: string): boolean {
  if (given === undefined) return false;
  const { bigint } = readOptions<{ bigint?: unknown }>(given, BIGINT, method);
  return checkBigInt(bigint);
}

/** Of a method that answers many counts. */
export function readCountsOptions(
  given: unknown,
  method: string,
): { bigint: boolean; settled: boolean } {
  if (given === undefined) return { bigint: false, settled: false };
  const { bigint, settled } = readOptions<{ bigint?: unknown; settled?: unknown }>(
    given,
    OF_COUNTS,
    method,
  );
  return { bigint: checkBigInt(bigint), settled: checkFlag('settled', settled) };
}

export const checkBigInt = (bigint: unknown): boolean => checkFlag('bigint', bigint);

function checkFlag(what: string, flag: unknown): boolean {
  if (flag === undefined || typeof flag === 'boolean') return flag ?? false;
  throw new InvalidArgumentError(`${what} must be true or false, not ${quote(flag)}`);
}
