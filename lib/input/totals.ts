import { InvalidArgumentError, quote } from '../errors.js';
import { reading, readOptions } from '../words/read-options.js';
import { checkValue, isIterable, OF_BUFFER, taken } from './arguments.js';
import { checkCounterName } from './counter-name.js';

const OF_TOTAL: ReadonlySet<'name' | 'value'> = new Set(['name', 'value'] as const);

/** Of `setMany()`; reads at most `limit` of them. */
export function checkTotals(
  entries: unknown,
  limit: number,
): { name: string; value: number | bigint }[] {
  return reading('entries', () => {
    if (!isIterable(entries)) {
      throw new InvalidArgumentError(
        `entries must be an array or another iterable, not ${quote(entries)}`,
      );
    }
    return taken(entries, limit, 'entries', OF_BUFFER, (given) => {
      const { name, value } = readOptions<{ name: string; value: number | bigint }>(
        ...([given, OF_TOTAL, 'setMany()'] as const),
      );
      checkCounterName(name);
      checkValue(value, 'value');
      return { name, value };
    });
  });
}
