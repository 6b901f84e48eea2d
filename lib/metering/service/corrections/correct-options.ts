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
import { checkBigInt, isRecord, readOptions, reading } from '../../../words/read-options.js';
import { meteredName } from '../dimensions.js';
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
): AskedCorrection & { asBigInt: boolean } {
  const given = readOptions<CorrectOptions & Partial<BigIntAnswer>>(
    ...([options, OF_CORRECT, 'correct()'] as const),
  );
  const { window, dimensions, id, windows = [], bigint } = given;
  const metered = meteredName(name, dimensions);
  checkCounterName(metered);
  checkWindow(window, 'window');
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
  return {
    ...{ name: metered, window, at: instant(given.at, 'at'), id, reason, author: by },
    ...{ windows: checkWindows(windows), by: changeOf(metered, given) },
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
  const { window, from, to, dimensions, limit = MOST, after, bigint } = given;
  const metered = meteredName(name, dimensions);
  checkCounterName(metered);
  checkWindow(window, 'window');
  checkLimit(limit, MOST);
  const first = from === undefined ? FIRST : calendar.find(window, instant(from, 'from')).start;
  const end = to === undefined ? LAST : endOf(window, instant(to, 'to'), calendar);
  return {
    ...{ name: metered, withParts: dimensions === undefined, window, limit },
    ...{ from: Math.max(first, FIRST), to: Math.min(end, LAST) },
    after: after === undefined ? undefined : placeOf(after),
    asBigInt: checkBigInt(bigint),
  };
}

/** Where the last window that begins before a time ends: shorter windows in it begin before that. */
function endOf(window: AskedCorrections['window'], to: number, calendar: Calendar): number {
  return calendar.find(window, to - 1).end;
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
  checkWindow(window, 'after.window');
  return { name, window, start: instant(start, 'after.start'), id };
}
