import type {
  AskedCorrection,
  AskedCorrections,
} from '../../../counting/correcting/window-corrections.js';
import { InvalidArgumentError, quote } from '../../../errors.js';
import {
  checkAddition,
  checkText,
  checkValue,
  checkWindow,
  checkWindows,
} from '../../../input/arguments.js';
import { checkChange } from '../../../input/change-options.js';
import { checkCounterName } from '../../../input/counter-name.js';
import type { BigIntAnswer } from '../../../input/counter.types.js';
import { instant } from '../../../input/instant.js';
import { checkLimit } from '../../../input/list-query.js';
import type { Calendar } from '../../../windows/calendar.js';
import { isStarred } from '../../../words/bucket-name.js';
import { checkBigInt, isRecord, readOptions, reading } from '../../../words/read-options.js';
import { meteredName } from '../dimensions.js';
import {
  bucketAt,
  findWindow,
  type FoundWindow,
  instantOf,
  spanAt,
} from '../windows/quota-window.js';
import type { CorrectOptions, CorrectionsOptions } from './correction.types.js';

const MOST_OF_ID = 64;
const MOST = 1000;
/** Before and after all windows: no time that a database could not hold. */
const FIRST = Date.UTC(1970, 0, 1);
const LAST = Date.UTC(9999, 0, 1);

const OF_CORRECT: ReadonlySet<keyof CorrectOptions | 'bigint'> = new Set([
  ...(['window', 'at', 'dimensions', 'delta', 'value', 'reason', 'by', 'id'] as const),
  ...(['windows', 'bigint'] as const),
]);
const OF_LIST: ReadonlySet<keyof CorrectionsOptions | 'bigint'> = new Set([
  ...(['window', 'from', 'to', 'dimensions', 'limit', 'after', 'bigint'] as const),
]);

/** Checks the arguments of `correct()`. */
export function readCorrectOptions(
  name: string,
  options: unknown,
  calendar: Calendar,
): AskedCorrection & { asBigInt: boolean } {
  const given = readOptions<CorrectOptions & Partial<BigIntAnswer>>(
    ...([options, OF_CORRECT, 'correct()'] as const),
  );
  const { dimensions, id, windows = [], bigint } = given;
  const metered = meteredName(name, dimensions);
  checkCounterName(metered);
  const window = findWindow(given.window, calendar);
  const { reason, by } = checkChange(given);
  if (reason === undefined || by === undefined) {
    throw new InvalidArgumentError(
      'correct() needs the options reason and by: they are kept with the correction',
    );
  }
  if (id !== undefined) checkText(id, 'id', MOST_OF_ID);
  for (const [what, text] of Object.entries({ reason, by, id })) {
    // PostgreSQL stores no text with this character
    if (text?.includes('\0') !== true) continue;
    throw new InvalidArgumentError(`${what} must not hold the character U+0000`);
  }
  const at = instantOf(given.at, 'at');
  return {
    ...{ name: metered, bucket: bucketAt(calendar, window, at), id, reason, author: by },
    ...{
      span: spanAt(calendar, window, at),
      windows: checkWindows(windows),
      by: changeOf(metered, given),
    },
    asBigInt: checkBigInt(bigint),
  };
}

function changeOf(name: string, { delta, value }: CorrectOptions): AskedCorrection['by'] {
  if ((delta === undefined) === (value === undefined)) {
    throw new InvalidArgumentError('correct() needs either delta or value');
  }
  if (delta !== undefined) {
    checkAddition(name, delta);
    return { delta: BigInt(delta) };
  }
  checkValue(value, 'value');
  return { value: BigInt(value) };
}

/** Checks the arguments of `corrections()`, and fills in the defaults. */
export function readCorrectionsOptions(
  name: string,
  options: unknown,
  calendar: Calendar,
): AskedCorrections & { asBigInt: boolean } {
  const given = readOptions<CorrectionsOptions & Partial<BigIntAnswer>>(
    ...([options, OF_LIST, 'corrections()'] as const),
  );
  const { from, to, dimensions, limit = MOST, after, bigint } = given;
  const metered = meteredName(name, dimensions);
  checkCounterName(metered);
  const window = findWindow(given.window, calendar);
  checkLimit(limit, MOST);
  const first =
    from === undefined ? FIRST : bucketAt(calendar, window, instantOf(from, 'from')).start;
  const end = to === undefined ? LAST : endOf(window, instantOf(to, 'to'), calendar);
  const kind = typeof window === 'string' ? window : window.bucketWindow;
  return {
    ...{ name: metered, withParts: dimensions === undefined, window: kind, limit },
    ...{ from: Math.max(first, FIRST), to: Math.min(end, LAST) },
    after: after === undefined ? undefined : placeOf(after),
    asBigInt: checkBigInt(bigint),
  };
}

/** Where the last window that begins before a time ends: shorter windows in it begin before that. There are none in one of a time zone of its own. */
function endOf(window: FoundWindow, to: number, calendar: Calendar): number {
  if (typeof window === 'string') return calendar.find(window, to - 1).end;
  return window.spanOf(to - 1).date + 1;
}

function placeOf(after: unknown): AskedCorrections['after'] {
  const place = reading('after', () => {
    if (!isRecord(after)) return undefined;
    const { name, window, start, id } = after;
    return { name, window, start, id };
  });
  const { name, window, start, id } = place ?? {};
  if (typeof name !== 'string' || typeof id !== 'string') {
    throw new InvalidArgumentError(
      `after must be a correction of the page before, not ${quote(after)}`,
    );
  }
  if (!isStarred(window)) checkWindow(window, 'after.window');
  return { name, window, start: instant(start, 'after.start'), id };
}
