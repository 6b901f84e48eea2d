import { checkText } from '../../../input/arguments.js';
import { checkCounterName } from '../../../input/counter-name.js';
import { checkLimit } from '../../../input/list-query.js';
import { InvalidArgumentError, quote } from '../../../errors.js';
import type { Calendar } from '../../../windows/calendar.js';
import { readOptions } from '../../../words/read-options.js';
import type { ClosedRange } from '../../../counting/counting-parts.js';
import { bucketAt, findWindow, instantOf } from '../windows/quota-window.js';
import type { CloseOptions, LateOptions } from './closing.types.js';

const HOUR = 3_600_000;
const LONGEST = 100 * 366 * 24 * HOUR;
const MOST = 10_000;
const MOST_OF_BY = 255;
const OF_CLOSE: ReadonlySet<keyof CloseOptions> = new Set([
  ...(['window', 'at', 'grace', 'evenIfIncomplete', 'by'] as const),
]);
const OF_RANGE = ['window', 'from', 'to'] as const;
const OF_CLOSINGS: ReadonlySet<keyof LateOptions> = new Set(OF_RANGE);
const OF_LATE: ReadonlySet<keyof LateOptions> = new Set([...OF_RANGE, 'limit', 'after']);

/** Checks the arguments of `close()`, and fills in the defaults. */
export function readCloseOptions(name: unknown, options: unknown, calendar: Calendar) {
  checkBase(name);
  const given = readOptions<CloseOptions>(options, OF_CLOSE, 'close()');
  const { grace = HOUR, evenIfIncomplete = false, by = '' } = given;
  const window = findWindow(given.window, calendar);
  const bucket = bucketAt(calendar, window, instantOf(given.at, 'at'));
  if (!Number.isInteger(grace) || grace < 0 || grace > LONGEST) {
    throw new InvalidArgumentError(
      `grace must be a whole number from 0 to ${LONGEST}, in milliseconds, not ${quote(grace)}`,
    );
  }
  if (typeof evenIfIncomplete !== 'boolean') {
    throw new InvalidArgumentError(
      `evenIfIncomplete must be true or false, not ${quote(evenIfIncomplete)}`,
    );
  }
  if (by !== '') checkText(by, 'by', MOST_OF_BY);
  return { closed: { name, ...bucket }, grace, evenIfIncomplete, by };
}

/** Checks the arguments of `closings()`. */
export function readClosingsOptions(
  name: unknown,
  options: unknown,
  calendar: Calendar,
): { name: string; range: ClosedRange } {
  checkBase(name);
  const given = readOptions<LateOptions>(options, OF_CLOSINGS, 'closings()');
  return { name, range: rangeOf(given, calendar) };
}

/** Checks the arguments of `late()`, and fills in the defaults. */
export function readLateOptions(
  name: unknown,
  options: unknown,
  calendar: Calendar,
): { name: string; range: ClosedRange; page: { limit: number; after?: string | undefined } } {
  checkBase(name);
  const given = readOptions<LateOptions>(options, OF_LATE, 'late()');
  const { limit = 1000, after } = given;
  checkLimit(limit, MOST);
  if (after !== undefined && (typeof after !== 'string' || !/^[\da-z]{1,36}$/.test(after))) {
    throw new InvalidArgumentError('after must be what the page before had as next');
  }
  return { name, range: rangeOf(given, calendar), page: { limit, after } };
}

/** Windows from the one that `from` is in. */
function rangeOf(
  { window, from, to }: Pick<LateOptions, 'window' | 'from' | 'to'>,
  calendar: Calendar,
): ClosedRange {
  const found = findWindow(window, calendar);
  const { start: first, ...kind } = bucketAt(calendar, found, instantOf(from, 'from'));
  const end = to === undefined ? Date.now() + 1 : instantOf(to, 'to');
  const last = bucketAt(calendar, found, end - 1).start;
  if (last < first) {
    throw new InvalidArgumentError('to must be later than the beginning of the window of from');
  }
  return { ...kind, first, last };
}

function checkBase(name: unknown): asserts name is string {
  checkCounterName(name);
  if (!/[{}]/.test(name)) return;
  throw new InvalidArgumentError(
    `A window is closed for all parts of a name: give the name without dimensions, not ${quote(name)}`,
  );
}
