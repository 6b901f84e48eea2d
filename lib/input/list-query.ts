import { InvalidArgumentError, quote } from '../errors.js';
import type { RowQuery } from '../database/counter-store.js';
import { checkValue } from './arguments.js';
import { isLongerThanNames, isText, MAX_NAME_LENGTH } from './counter-name.js';
import type { BigIntAnswer, ListOptions } from './counter.types.js';
import { checkBigInt, isRecord, reading, readOptions } from '../words/read-options.js';

const MAX_LIMIT = 10_000;
const OPTIONS: ReadonlySet<keyof ListOptions | 'bigint'> = new Set([
  ...(['prefix', 'order', 'direction', 'limit', 'after', 'bigint'] as const),
]);
const AFTER = 'after must be { name, value }: the last counter of the page before';

/** Checks the options of `list()` and fills in the defaults. */
export function listQuery(options: unknown): RowQuery & { bigint: boolean } {
  const given = readOptions<ListOptions & Partial<BigIntAnswer>>(options, OPTIONS, 'list()');
  const { prefix, order = 'name', limit = 100, after } = given;
  const { direction = order === 'name' ? 'asc' : 'desc' } = given;
  checkPrefix(prefix);
  oneOf('order', order, ['name', 'value']);
  oneOf('direction', direction, ['asc', 'desc']);
  checkLimit(limit, MAX_LIMIT);
  const bigint = checkBigInt(given.bigint);
  return { prefix, order, direction, limit, after: position(after), bigint };
}

/** Throws unless names may begin with this. */
export function checkPrefix(prefix: unknown): asserts prefix is string | undefined {
  if (prefix === undefined) return;
  if (typeof prefix === 'string' && isLongerThanNames(prefix)) {
    throw new InvalidArgumentError(
      `prefix must not be longer than a name: ${quote(prefix)} has more than ${MAX_NAME_LENGTH} characters`,
    );
  }
  if (typeof prefix !== 'string' || !isText(prefix)) {
    throw new InvalidArgumentError(
      `prefix must be a well-formed string without control characters, not ${quote(prefix)}`,
    );
  }
  // names are, so no name begins with another
  if (prefix.normalize('NFC') === prefix) return;
  throw new InvalidArgumentError(
    "prefix must be in Unicode normalization form C: use prefix.normalize('NFC')",
  );
}

function position(after: unknown): RowQuery['after'] {
  if (after === undefined) return undefined;
  return reading('after', () => {
    if (!isRecord(after)) throw new InvalidArgumentError(AFTER);
    const { name, value } = after;
    if (typeof name !== 'string' || isLongerThanNames(name)) throw new InvalidArgumentError(AFTER);
    checkValue(value, 'after.value');
    return { name, value: BigInt(value) };
  });
}

function oneOf(what: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new InvalidArgumentError(`${what} must be ${allowed.join(' or ')}, not ${quote(value)}`);
}

/** Checks how many are asked for at most. */
export function checkLimit(limit: unknown, most: number): asserts limit is number {
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= most) return;
  throw new InvalidArgumentError(
    `limit must be a whole number from 1 to ${most}, not ${quote(limit)}`,
  );
}
