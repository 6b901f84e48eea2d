import { InvalidArgumentError, quote } from '../errors.js';
import type { RowQuery } from '../persistence/counter-store.js';
import { checkValue } from './arguments.js';
import { isText } from './counter-name.js';
import type { ListOptions } from './counter.types.js';

const MAX_LIMIT = 10_000;
const OPTIONS = new Set(['prefix', 'order', 'direction', 'limit', 'after', 'bigint']);

/** Checks the options of `list()` and fills in the defaults. */
export function listQuery(options: ListOptions): RowQuery {
  checkObject(options);
  for (const key of Object.keys(options)) {
    if (!OPTIONS.has(key)) throw new InvalidArgumentError(`list() has no option ${quote(key)}`);
  }
  const { prefix, order = 'name', limit = 100, after } = options;
  const { direction = order === 'name' ? 'asc' : 'desc' } = options;
  if (prefix !== undefined && (typeof prefix !== 'string' || !isText(prefix))) {
    throw new InvalidArgumentError(
      `prefix must be a well-formed string without control characters, not ${quote(prefix)}`,
    );
  }
  oneOf('order', order, ['name', 'value']);
  oneOf('direction', direction, ['asc', 'desc']);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new InvalidArgumentError(
      `limit must be a whole number from 1 to ${MAX_LIMIT}, not ${quote(limit)}`,
    );
  }
  return { prefix, order, direction, limit, after: after && position(after) };
}

function checkObject(options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  throw new InvalidArgumentError(`The options of list() must be an object, not ${quote(options)}`);
}

function position(after: NonNullable<ListOptions['after']>): NonNullable<RowQuery['after']> {
  if (typeof after.name !== 'string') {
    throw new InvalidArgumentError('after must be the last counter of the page before');
  }
  checkValue(after.value, 'after.value');
  return { name: after.name, value: BigInt(after.value) };
}

function oneOf(what: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new InvalidArgumentError(`${what} must be ${allowed.join(' or ')}, not ${quote(value)}`);
}
