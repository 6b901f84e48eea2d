import { checkTopRange } from '../../../counting/top-range.js';
import { checkValue } from '../../../input/arguments.js';
import { checkCounterName } from '../../../input/counter-name.js';
import type { BigIntAnswer } from '../../../input/counter.types.js';
import { checkPrefix } from '../../../input/list-query.js';
import { InvalidArgumentError } from '../../../errors.js';
import type { Calendar } from '../../../windows/calendar.js';
import { checkBigInt, isRecord, reading, readOptions } from '../../../words/read-options.js';
import type { TopAsked } from '../../../reading/top-asked.js';
import { groupPrefix } from '../dimensions.js';
import { keysOf } from './group-query.js';
import type { TopOptions } from '../metering.types.js';

const OPTIONS: ReadonlySet<keyof TopOptions | 'bigint'> = new Set([
  ...(['prefix', 'name', 'groupBy', 'window', 'from', 'to'] as const),
  ...(['limit', 'after', 'bigint'] as const),
]);

/** Checks the options of `top()`, and fills in the defaults. */
export function readTopOptions(
  options: unknown,
  calendar: Calendar,
): TopAsked & { asBigInt: boolean } {
  const given = readOptions<TopOptions & Partial<BigIntAnswer>>(options, OPTIONS, 'top()');
  const { after, bigint } = given;
  return {
    prefix: prefixOf(given),
    ...checkTopRange(given, calendar),
    after: after === undefined ? undefined : place(after),
    asBigInt: checkBigInt(bigint),
  };
}

function prefixOf({ prefix, name, groupBy }: TopOptions): string {
  if (prefix !== undefined) {
    if (name !== undefined || groupBy !== undefined) throw neither();
    checkPrefix(prefix);
    return prefix;
  }
  if (name === undefined || groupBy === undefined) throw neither();
  checkCounterName(name);
  return groupPrefix(name, keysOf(groupBy));
}

const neither = (): InvalidArgumentError =>
  new InvalidArgumentError('top() needs either prefix, or name and groupBy');

function place(after: unknown): NonNullable<TopAsked['after']> {
  return reading('after', () => {
    if (!isRecord(after)) {
      throw new InvalidArgumentError('after must be the last counter of the page before');
    }
    const { name, value } = after;
    checkCounterName(name);
    checkValue(value, 'after.value');
    return { name, value: BigInt(value) };
  });
}
