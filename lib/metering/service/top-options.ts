import { checkValue, checkWindow } from '../../input/arguments.js';
import { checkCounterName } from '../../input/counter-name.js';
import type { BigIntAnswer } from '../../input/counter.types.js';
import { checkPrefix } from '../../input/list-query.js';
import { InvalidArgumentError, quote } from '../../errors.js';
import type { Calendar } from '../../windows/calendar.js';
import { checkBigInt, isRecord, reading, readOptions } from '../../words/read-options.js';
import type { TopAsked } from '../../reading/top-asked.js';
import { groupPrefix } from './dimensions.js';
import { keysOf } from './group-query.js';
import type { TopOptions } from './metering.types.js';
import { instant } from './series-options.js';

const OPTIONS: ReadonlySet<keyof TopOptions | 'bigint'> = new Set([
  ...(['prefix', 'name', 'groupBy', 'window', 'from', 'to'] as const),
  ...(['limit', 'after', 'bigint'] as const),
]);
const MOST = 1000;
/** Windows of all counters of a page. */
const MOST_BUCKETS = 100_000;

/** Checks the options of `top()`, and fills in the defaults. */
export function readTopOptions(
  options: unknown,
  calendar: Calendar,
): TopAsked & { asBigInt: boolean } {
  const given = readOptions<TopOptions & Partial<BigIntAnswer>>(options, OPTIONS, 'top()');
  const { limit = 10, after, bigint } = given;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new InvalidArgumentError(
      `limit must be a whole number from 1 to ${MOST}, not ${quote(limit)}`,
    );
  }
  const windows = windowsOf(given, calendar);
  const buckets = limit * (windows?.starts.length ?? 1);
  if (buckets > MOST_BUCKETS) {
    throw new InvalidArgumentError(
      `${limit} counters in ${buckets / limit} windows are more than ${MOST_BUCKETS} buckets: ask for fewer, or for longer windows`,
    );
  }
  return {
    ...{ prefix: prefixOf(given), windows, limit },
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

function windowsOf({ window, from, to }: TopOptions, calendar: Calendar): TopAsked['windows'] {
  if (window === undefined) {
    if (from === undefined && to === undefined) return undefined;
    throw new InvalidArgumentError('from and to need the option window');
  }
  checkWindow(window, 'window');
  const now = Date.now();
  const [begin, end] = [instant(from ?? now, 'from'), instant(to ?? now + 1, 'to')];
  const starts: number[] = [];
  for (const { start } of calendar.spans(window, begin, end)) {
    if (starts.push(start) > MOST_BUCKETS) {
      throw new InvalidArgumentError(`from and to are more than ${MOST_BUCKETS} windows apart`);
    }
  }
  if (starts.length > 0) return { window, starts };
  throw new InvalidArgumentError('to must be later than the beginning of the window of from');
}

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
