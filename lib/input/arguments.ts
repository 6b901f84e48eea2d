import { type CountWindow, WINDOWS } from '../words/bucket-name.js';
import { INT64_MAX, INT64_MIN } from '../words/int64.js';
import { InvalidArgumentError, quote } from '../errors.js';
import { inSlices } from '../words/slices.js';
import { checkCounterName } from './counter-name.js';
import type {
  BigIntAnswer,
  CounterIncrement,
  IncrementOptions,
  TransactionalOptions,
  TryIncrementOptions,
} from './counter.types.js';
import { instant } from './instant.js';
import type { Limits } from './limits.js';
import { checkBigInt, reading, readOptions } from '../words/read-options.js';

/** One of `setMany()` and `importTotals()`. */
export interface Total {
  name: string;
  value: number | bigint;
}

const MAX_KEY_LENGTH = 255;
/** Names in one call that reads, flushes, replays or discards. */
const MOST_NAMES = 100_000;
/** Names that one subscriber watches. */
const MOST_WATCHED = 10_000;
const OF_BUFFER = ' (option maxBufferedNames)';
/** More than there are: naming one twice does no harm. */
const MOST_WINDOWS = 16;
const MAX_INTERVAL = 7 * 86_400_000;

export function checkDelta(delta: unknown): asserts delta is number | bigint {
  checkValue(delta, 'delta');
  if (delta === 0 || delta === 0n) {
    throw new InvalidArgumentError('delta must not be 0: there is nothing to count');
  }
}

/** Name and delta of an increment. */
export function checkAddition(name: unknown, delta: unknown): void {
  checkCounterName(name);
  checkDelta(delta);
}

/** A whole number that fits a counter. */
export function checkValue(value: unknown, what: string): asserts value is number | bigint {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return;
    throw new InvalidArgumentError(
      `${what} must be a safe integer, not ${value}; pass larger ones as bigint`,
    );
  }
  if (typeof value !== 'bigint') {
    throw new InvalidArgumentError(`${what} must be a number or a bigint, not ${quote(value)}`);
  }
  if (value < INT64_MIN || value > INT64_MAX) {
    throw new InvalidArgumentError(`${what} must fit in signed 64 bits, not ${quote(value)}`);
  }
}

const INCREMENT = ['updateInterval', 'idempotencyKey', 'windows'] as const;
const OF_INCR: ReadonlySet<keyof TransactionalOptions> = new Set([
  ...INCREMENT,
  ...(['at', 'transaction'] as const),
]);
const OF_INCREMENTS: ReadonlySet<keyof CounterIncrement> = new Set(['name', 'delta', ...OF_INCR]);
const OF_TOTAL: ReadonlySet<keyof Total> = new Set(['name', 'value']);
const OF_INCR_AND_GET: ReadonlySet<(typeof INCREMENT)[number] | 'bigint'> = new Set([
  ...INCREMENT,
  'bigint',
]);
const OF_TRY_INCR: ReadonlySet<keyof TryIncrementOptions> = new Set([
  ...(['max', 'min', 'window'] as const),
  ...INCREMENT,
]);

/** Checks the options of `incr()`, and answers a copy of them. */
export function checkIncrementOptions(options: unknown, method = 'incr()'): TransactionalOptions {
  return checked(readOptions<TransactionalOptions>(options, OF_INCR, method));
}

export function checkIncrAndGetOptions(options: unknown): IncrementOptions & Partial<BigIntAnswer> {
  const given = readOptions<IncrementOptions & Partial<BigIntAnswer>>(
    options,
    OF_INCR_AND_GET,
    'incrAndGet()',
  );
  checkBigInt(given.bigint);
  return checked(given);
}

/** Checks the options of `tryIncr()`, and answers a copy of them with its bounds. */
export function checkTryIncrOptions(options: unknown): IncrementOptions & { limits: Limits } {
  const given = readOptions<TryIncrementOptions>(options, OF_TRY_INCR, 'tryIncr()');
  const { max, min, window } = checked(given);
  if (max === undefined && min === undefined) {
    throw new InvalidArgumentError('tryIncr() needs the option max or min');
  }
  if (max !== undefined) checkValue(max, 'max');
  if (min !== undefined) checkValue(min, 'min');
  if (max !== undefined && min !== undefined && min > max) {
    throw new InvalidArgumentError(
      `min (${min}) must not be above max (${max}): no total is within them`,
    );
  }
  if (window !== undefined) checkWindow(window, 'window');
  return { ...given, limits: { max: max?.toString(), min: min?.toString(), window } };
}

function checked<Options extends IncrementOptions & Pick<TransactionalOptions, 'at'>>(
  given: Options,
): Options {
  const { updateInterval, idempotencyKey, windows, at } = given;
  if (updateInterval !== undefined) checkInterval(updateInterval);
  if (idempotencyKey !== undefined) checkText(idempotencyKey, 'idempotencyKey', MAX_KEY_LENGTH);
  const options = at === undefined ? given : { ...given, at: instant(at, 'at') };
  return windows === undefined ? options : { ...options, windows: checkWindows(windows) };
}

export function checkWindow(window: unknown, what: string): asserts window is CountWindow {
  if (WINDOWS.some((known) => known === window)) return;
  throw new InvalidArgumentError(`${what} must be ${WINDOWS.join(', ')}, not ${quote(window)}`);
}

/** Answers a copy. */
export function checkWindows(windows: unknown): CountWindow[] {
  return reading('windows', () => {
    if (!Array.isArray(windows)) {
      throw new InvalidArgumentError(`windows must be an array, not ${quote(windows)}`);
    }
    if (windows.length > MOST_WINDOWS) {
      throw new InvalidArgumentError(
        `windows must name at most ${MOST_WINDOWS} windows, not ${windows.length}`,
      );
    }
    return Array.from(windows as unknown[], (window) => {
      checkWindow(window, 'Each of windows');
      return window;
    });
  });
}

/** One of `incrMany()`; answers a copy. */
export function checkIncrement(given: unknown): CounterIncrement {
  const increment = checked(readOptions<CounterIncrement>(given, OF_INCREMENTS, 'incrMany()'));
  checkCounterName(increment.name);
  if (increment.delta !== undefined) checkDelta(increment.delta);
  return increment;
}

/** Reads at most `limit` of them. */
export const checkIncrements = (increments: unknown, limit: number): CounterIncrement[] =>
  listOf(increments, limit, 'increments', OF_BUFFER, checkIncrement);

/** Of `setMany()`; reads at most `limit` of them. */
export const checkTotals = (entries: unknown, limit: number): Total[] =>
  listOf(entries, limit, 'entries', OF_BUFFER, checkTotal);

export function checkTotal(given: unknown, method = 'setMany()'): Total {
  const { name, value } = readOptions<Total>(given, OF_TOTAL, method);
  checkCounterName(name);
  checkValue(value, 'value');
  return { name, value };
}

/** A copy of names that are not checked yet; reads at most `limit` of them. */
const takeNames = (names: unknown, limit: number, of = '', what = 'names'): unknown[] =>
  listOf(names, limit, what, of, (name) => name);

/** Of counters that each need a place in the buffer. */
export function checkNames(names: unknown, limit: number): string[] {
  return takeNames(names, limit, OF_BUFFER).map((name) => {
    checkCounterName(name);
    return name;
  });
}

/** Of counters that somebody watches: each once. */
export function checkWatched(names: unknown): Set<string> {
  const watched = new Set<string>();
  for (const name of takeNames(names, MOST_WATCHED)) {
    checkCounterName(name);
    watched.add(name);
  }
  return watched;
}

/** A copy of many names that are not checked yet. */
export const takeManyNames = (names: unknown, what = 'names'): unknown[] =>
  takeNames(names, MOST_NAMES, '', what);

/** As `checkNames()`, in slices: for calls that need not take effect before later ones. */
export async function checkManyNames(names: unknown): Promise<string[]> {
  const checked: string[] = [];
  await inSlices(takeManyNames(names), (name) => {
    checkCounterName(name);
    checked.push(name);
  });
  return checked;
}

/** What each item of a list of the caller is; refuses at the first item that is too many: there may be no end. */
function listOf<Item>(
  given: unknown,
  limit: number,
  what: string,
  of: string,
  check: (item: unknown) => Item,
): Item[] {
  return reading(what, () => {
    if (!isIterable(given)) {
      throw new InvalidArgumentError(
        `${what} must be an array or another iterable, not ${quote(given)}`,
      );
    }
    const list: Item[] = [];
    for (const item of given) {
      if (list.length === limit) {
        throw new InvalidArgumentError(
          `One call takes at most ${limit} ${what}${of}; split the call`,
        );
      }
      list.push(check(item));
    }
    return list;
  });
}

/** A text is none: it would be taken for a list of its characters. */
function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function checkInterval(interval: unknown): void {
  const valid = Number.isSafeInteger(interval) && (interval as number) >= 0;
  if (valid && (interval as number) <= MAX_INTERVAL) return;
  throw new InvalidArgumentError(
    `updateInterval must be whole milliseconds from 0 to ${MAX_INTERVAL}, not ${quote(interval)}`,
  );
}

export function checkText(text: unknown, what: string, most: number): asserts text is string {
  const valid = typeof text === 'string' && text.length > 0 && text.length <= most;
  if (valid && text.isWellFormed()) return;
  throw new InvalidArgumentError(
    `${what} must be a well-formed string of 1 to ${most} characters, not ${quote(text)}`,
  );
}
