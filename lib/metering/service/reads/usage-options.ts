import { windowsOf } from '../../../counting/top-range.js';
import { instant } from '../../../input/instant.js';
import { checkCounterName, isLongerThanNames } from '../../../input/counter-name.js';
import type { BigIntAnswer } from '../../../input/counter.types.js';
import { checkLimit } from '../../../input/list-query.js';
import { InvalidArgumentError, quote } from '../../../errors.js';
import type { UsageAsked } from '../../../reading/usage/usage-reader.js';
import type { Calendar } from '../../../windows/calendar.js';
import { endOfBucket } from '../../../windows/own-spans.js';
import { checkBigInt, readOptions } from '../../../words/read-options.js';
import { encodeDimension, type Dimensions, groupPrefix, readDimensions } from '../dimensions.js';
import { keysOf } from './group-query.js';
import type { UsageOptions } from '../metering.types.js';
import { findWindow, instantOf } from '../windows/quota-window.js';

const MOST = 10_000;
const OPTIONS: ReadonlySet<keyof UsageOptions | 'bigint'> = new Set([
  ...(['groupBy', 'dimensions', 'window', 'from', 'to', 'limit', 'after', 'bigint'] as const),
]);

/** Checks the arguments of `usage()`, and fills in the defaults. */
export function readUsageOptions(
  name: string,
  options: unknown,
  calendar: Calendar,
): UsageAsked & { asBigInt: boolean } {
  const given = readOptions<UsageOptions & Partial<BigIntAnswer>>(options, OPTIONS, 'usage()');
  const { limit = 1000, after, bigint } = given;
  checkCounterName(name);
  checkLimit(limit, MOST);
  const fixed = given.dimensions === undefined ? {} : readDimensions(given.dimensions);
  const parts = partsOf(name, groupedBy(given.groupBy), fixed);
  const windows = askedWindows(given, calendar);
  return {
    ...{ name, ...parts, limit, windows, mayBeClosed: hasEnded(windows, calendar) },
    ...{ after: after === undefined ? undefined : place(after, parts.prefix) },
    asBigInt: checkBigInt(bigint),
  };
}

const groupedBy = (groupBy: unknown): string[] =>
  Array.isArray(groupBy) && groupBy.length === 0 ? [] : keysOf(groupBy);

/**
 * The windows of a range. One alone of those with a time zone or a first day of their own, as windows of other tenants begin
 * between two of them.
 */
function askedWindows(
  { window: given, from, to }: UsageOptions,
  calendar: Calendar,
): UsageAsked['windows'] {
  const window = given && findWindow(given, calendar);
  if (window === undefined || typeof window === 'string') {
    return windowsOf({ window, from, to }, calendar);
  }
  const begin = from === undefined ? Date.now() : instantOf(from, 'from');
  const { end, date } = window.spanOf(begin);
  const until = to === undefined ? end : instant(to, 'to');
  if (until > begin && until <= end) {
    return { window: window.bucketWindow, starts: [date] };
  }
  throw new InvalidArgumentError(
    'usage() answers one window of its own time zone or first day: leave out to, or give the end of the window of from',
  );
}

/** Whether the first window has. */
function hasEnded(windows: UsageAsked['windows'], calendar: Calendar): boolean {
  const [first] = windows?.starts ?? [];
  if (windows === undefined || first === undefined) return false;
  return endOfBucket({ window: windows.window, start: first }, calendar) <= Date.now();
}

/** Names of parts: values of the dimensions that are given, and any values of the others. */
function partsOf(
  name: string,
  grouped: readonly string[],
  fixed: Dimensions,
): Pick<UsageAsked, 'prefix' | 'pieces' | 'isPart'> {
  const both = grouped.find((key) => Object.hasOwn(fixed, key));
  if (both !== undefined) {
    throw new InvalidArgumentError(
      `groupBy and dimensions must not name the same dimension, as both do with ${quote(both)}`,
    );
  }
  const keys = [...grouped, ...Object.keys(fixed)].sort();
  const group = groupPrefix(name, keys);
  if (keys.length === grouped.length && keys.length > 0)
    return { prefix: group, isPart: () => true };
  const start = keys.length === 0 ? name : group;
  // texts with the value of a dimension of `groupBy` between each two
  const pieces = [start];
  for (const [index, key] of keys.entries()) {
    const piece = pieces.pop() ?? '';
    const comma = index === 0 ? '' : ',';
    if (Object.hasOwn(fixed, key))
      pieces.push(`${piece}${comma}${encodeDimension(key, fixed[key])}`);
    else pieces.push(`${piece}${comma}`, '');
  }
  const [prefix = ''] = pieces;
  const pattern = new RegExp(`^${pieces.map(escaped).join('[^,]*')}$`, 'u');
  return { prefix, pieces, isPart: (part) => pattern.test(part) };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function place(after: unknown, prefix: string): string {
  const isName = typeof after === 'string' && !isLongerThanNames(after);
  if (isName && after.startsWith(prefix)) return after;
  throw new InvalidArgumentError('after must be what the page before had as next');
}
