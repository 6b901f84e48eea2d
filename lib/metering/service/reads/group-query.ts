import { checkCounterName, MAX_NAME_LENGTH } from '../../../input/counter-name.js';
import type { BigIntAnswer } from '../../../input/counter.types.js';
import { listQuery } from '../../../input/list-query.js';
import { isRecord, reading, readOptions } from '../../../words/read-options.js';
import { InvalidArgumentError, quote } from '../../../errors.js';
import { groupPrefix, meteredName, readDimensions } from '../dimensions.js';
import type { MeteredGroupOptions } from '../metering.types.js';

const OPTIONS: ReadonlySet<keyof MeteredGroupOptions | 'bigint'> = new Set([
  ...(['groupBy', 'order', 'direction', 'limit', 'after', 'bigint'] as const),
]);

/** Checks the arguments of `MeteringService.list()`, and answers the list of counters that it is. */
export function groupQuery(name: string, options: unknown): ReturnType<typeof listQuery> {
  const { groupBy, after, ...page } = readOptions<MeteredGroupOptions & Partial<BigIntAnswer>>(
    ...([options, OPTIONS, 'list()'] as const),
  );
  checkCounterName(name);
  const prefix = groupPrefix(name, keysOf(groupBy));
  return listQuery({ ...page, prefix, after: after && position(name, prefix, after) });
}

export function keysOf(groupBy: unknown): string[] {
  return reading('groupBy', () => {
    const keys: unknown = typeof groupBy === 'string' ? [groupBy] : groupBy;
    if (!Array.isArray(keys) || keys.length === 0) {
      throw new InvalidArgumentError(`groupBy must name dimensions, not ${quote(groupBy)}`);
    }
    // no name has room for more
    if (keys.length > MAX_NAME_LENGTH) {
      throw new InvalidArgumentError(
        `groupBy names ${keys.length} dimensions: a name of ${MAX_NAME_LENGTH} characters has no room for them`,
      );
    }
    const copy = [...(keys as string[])];
    if (new Set(copy).size === copy.length) return copy;
    throw new InvalidArgumentError(`groupBy must name a dimension once, not ${quote(groupBy)}`);
  });
}

/** The counter that the page before ended with: by its name, or else by its dimensions. */
function position(name: string, prefix: string, after: unknown): { name: string; value: unknown } {
  return reading('after', () => {
    if (isRecord(after)) {
      const { name: given = meteredName(name, readDimensions(after.dimensions)), value } = after;
      if (typeof given === 'string' && given.startsWith(prefix)) return { name: given, value };
    }
    throw new InvalidArgumentError('after must be the last part of the page before');
  });
}
