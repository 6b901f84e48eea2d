import { InvalidArgumentError, quote } from '../../../errors.js';
import { instant } from '../../../input/instant.js';
import type { Limits } from '../../../input/limits.js';
import type { Calendar, DatedWindow, Span } from '../../../windows/calendar.js';
import { calendarOf, OwnSpans } from '../../../windows/own-spans.js';
import { bucketsOf, type NamedSpan } from '../../../windows/windows.js';
import {
  type Bucket,
  bucketName,
  bucketSuffix,
  type CountWindow,
  WINDOWS,
} from '../../../words/bucket-name.js';
import { isPlainObject, reading, readOptions } from '../../../words/read-options.js';
import type { OwnMonth, OwnZone } from './quota-window.types.js';

/** A window that was checked. */
export type FoundWindow = CountWindow | OwnSpans;

const KINDS: readonly DatedWindow[] = ['day', 'week', 'month'];
const OF_ZONE: ReadonlySet<keyof OwnZone> = new Set(['timeZone']);
const OF_MONTH: ReadonlySet<keyof OwnMonth> = new Set(['anchor', 'timeZone']);
const BEYOND = Date.UTC(9999, 0);
const EXAMPLE = "{ month: { anchor: 17, timeZone: 'Europe/Berlin' } }";

/** Checks a window as options name it; `calendar` is that of windows without a time zone of their own. */
export function findWindow(given: unknown, calendar: Calendar): FoundWindow {
  if (isWindow(given)) return given;
  const { kind, own } = reading('window', () => readOwn(given));
  const { anchor = 1, timeZone } = own;
  if (!Number.isInteger(anchor) || anchor < 1 || anchor > 31) {
    throw new InvalidArgumentError(
      `anchor must be the day on which months begin, from 1 to 31, not ${quote(anchor)}`,
    );
  }
  return new OwnSpans(kind, timeZone === undefined ? calendar : zoneOf(timeZone), anchor);
}

const isWindow = (given: unknown): given is CountWindow => WINDOWS.some((known) => known === given);

function readOwn(given: unknown): { kind: DatedWindow; own: OwnMonth } {
  if (!isPlainObject(given)) {
    throw new InvalidArgumentError(
      `window must be ${WINDOWS.join(', ')}, or an object such as ${EXAMPLE}, not ${quote(given)}`,
    );
  }
  const [kind, ...further] = KINDS.filter((each) => each in given);
  if (kind === undefined || further.length > 0) {
    throw new InvalidArgumentError(
      `A window that is an object must have one of ${KINDS.join(', ')}, such as ${EXAMPLE}, not ${quote(given)}`,
    );
  }
  const known: ReadonlySet<string> = new Set([kind]);
  const options = readOptions<Record<string, unknown>>(given, known, 'window');
  const inside = kind === 'month' ? OF_MONTH : OF_ZONE;
  return { kind, own: readOptions<OwnMonth>(options[kind], inside, `window.${kind}`) };
}

function zoneOf(timeZone: unknown): Calendar {
  const found = typeof timeZone === 'string' ? calendarOf(timeZone) : undefined;
  if (found !== undefined) return found;
  throw new InvalidArgumentError(
    `timeZone must be an IANA time zone such as Europe/Berlin, not ${quote(timeZone)}`,
  );
}

/** An instant whose window has a beginning and an end. */
export function instantOf(given: unknown, what: string): number {
  const time = instant(given, what);
  if (time >= 0 && time < BEYOND) return time;
  throw new InvalidArgumentError(`${what} must be of the years 1970 to 9998, not ${quote(given)}`);
}

/** What errors and events call it. */
export const kindOf = (window: FoundWindow): CountWindow =>
  typeof window === 'string' ? window : window.kind;

export const spanAt = (calendar: Calendar, window: FoundWindow, instant: number): Span =>
  typeof window === 'string' ? calendar.spanOf(window, instant) : window.spanOf(instant);

/** The window that an instant is in, as its rows have it. */
export const bucketAt = (calendar: Calendar, window: FoundWindow, instant: number): Bucket =>
  typeof window === 'string'
    ? { window, start: calendar.find(window, instant).start }
    : { window: window.bucketWindow, start: window.spanOf(instant).date };

/** What bounds of an increment that is made then are about. */
export function boundTo(
  window: FoundWindow | undefined,
  now: number,
): Pick<Limits, 'window' | 'own'> {
  return window instanceof OwnSpans ? { own: window.bucketAt(now) } : { window };
}

/** The window of a counter, by the name that the cache has for it. */
export function nameAt(
  calendar: Calendar,
  counter: string,
  window: FoundWindow,
  instant: number,
): string {
  const [span] = spansOf(calendar, counter, window, [instant, instant + 1]);
  return span?.name ?? counter;
}

/** The windows of a counter from the one that `from` is in up to, not including, those that begin at `to` or later. */
export function* spansOf(
  calendar: Calendar,
  counter: string,
  window: FoundWindow,
  [from, to]: readonly [number, number],
): Generator<NamedSpan> {
  if (typeof window === 'string') {
    yield* bucketsOf(calendar, counter, window, from, to);
    return;
  }
  for (const { start, end, date } of window.spans(from, to)) {
    const suffix = bucketSuffix({ window: window.bucketWindow, start: date });
    yield { start, end, name: bucketName(counter, suffix) };
  }
}
