import { InvalidArgumentError } from '../errors.js';
import { checkWindow } from '../input/arguments.js';
import { instant } from '../input/instant.js';
import { checkLimit } from '../input/list-query.js';
import type { TopAsked } from '../reading/top-asked.js';
import type { Calendar } from '../windows/calendar.js';
import type { CountWindow } from '../words/bucket-name.js';

const MOST = 1000;
/** Windows of all counters of a page. */
const MOST_BUCKETS = 100_000;

/** How many of the most counted are asked for, and of which time. @publicApi */
export interface TopRange {
  /** The kind of windows; the counters must be kept per such window. @default none: the total */
  window?: CountWindow | undefined;
  /** An instant in the first window, as a `Date` or in milliseconds since 1970. @default now: the present window alone */
  from?: Date | number | undefined;
  /** The windows that begin before this instant, as a `Date` or in milliseconds since 1970. @default now: up to the present window */
  to?: Date | number | undefined;
  /** Counters on a page at most, 1 to 1,000. @default 10 */
  limit?: number | undefined;
}

/** Checks what was asked for, and fills in the defaults. */
export function checkTopRange(
  given: TopRange,
  calendar: Calendar,
): Pick<TopAsked, 'windows' | 'limit'> {
  const { limit = 10 } = given;
  checkLimit(limit, MOST);
  const windows = windowsOf(given, calendar);
  const buckets = limit * (windows?.starts.length ?? 1);
  if (buckets > MOST_BUCKETS) {
    throw new InvalidArgumentError(
      `${limit} counters in ${buckets / limit} windows are more than ${MOST_BUCKETS} buckets: ask for fewer, or for longer windows`,
    );
  }
  return { windows, limit };
}

/** The windows of a range, at least one; undefined for totals. */
export function windowsOf(
  { window, from, to }: Pick<TopRange, 'window' | 'from' | 'to'>,
  calendar: Calendar,
): TopAsked['windows'] {
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
