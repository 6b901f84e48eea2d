/** The windows of time per which counts can be kept, besides their total. A week is one of ISO 8601: it begins on Monday. @publicApi */
export type CountWindow = 'minute' | 'hour' | 'day' | 'week' | 'month';

export const WINDOWS: readonly CountWindow[] = ['minute', 'hour', 'day', 'month', 'week'];

/**
 * The kind of window that a row or an event is about. Those with a star are windows of quotas with a time zone or a first day of their own
 * (see `OwnWindow`): such a window begins at the given date in that zone, and has this date at midnight in UTC as its start.
 *
 * @publicApi
 */
export type BucketWindow = CountWindow | 'day*' | 'week*' | 'month*';
export type StarredWindow = Exclude<BucketWindow, CountWindow>;

/** By the digits that buckets are named with: a new one comes last. */
const KINDS: readonly BucketWindow[] = [
  ...(['minute', 'hour', 'day', 'month', 'week'] as const),
  ...(['day*', 'week*', 'month*'] as const),
];

const STARRED: readonly unknown[] = KINDS.filter((window) => window.endsWith('*'));

export const isStarred = (given: unknown): given is StarredWindow => STARRED.includes(given);

/** Whether it has a time zone or a first day of its own. */
export const isOwn = (window: BucketWindow): window is StarredWindow => isStarred(window);

export const digitOf = (window: BucketWindow): string => String(KINDS.indexOf(window));

/** One window of a counter, from an instant on. */
export interface Bucket {
  /** The kind of window. */
  window: BucketWindow;
  /** When the window begins: milliseconds since 1970, a whole minute. */
  start: number;
}

/** A bucket of a window that has a time zone or a first day of its own. */
export interface OwnBucket {
  start: number;
  end: number;
  /** Behind the name of the counter. */
  suffix: string;
}

/** No counter name holds one: what follows names a bucket of the counter. */
export const BUCKET_SEPARATOR = '\x1f';
const MINUTE = 60_000;

/** Names a bucket among those of its counter: as short as it can be, for Redis holds it. */
export const bucketSuffix = ({ window, start }: Bucket): string =>
  `${digitOf(window)}${(start / MINUTE).toString(36)}`;

/** A bucket is a counter of its own in the cache, under this name. */
export const bucketName = (counter: string, suffix: string): string =>
  `${counter}${BUCKET_SEPARATOR}${suffix}`;

const NUMBER = new RegExp(`${BUCKET_SEPARATOR}\\d+ \\d+$`);

/** A former name of a counter has a number and a time behind it, see `_moves.lua`: the name alone. No bucket has a space behind its name. */
export const withoutNumber = (name: string): string => name.replace(NUMBER, '');

interface ParsedName {
  counter: string;
  /** Absent for the counter itself. */
  bucket?: Bucket;
}

export function parseName(name: string): ParsedName {
  const end = name.indexOf(BUCKET_SEPARATOR);
  if (end === -1) return { counter: name };
  const window = KINDS[Number(name[end + 1])];
  if (window === undefined) throw new RangeError('The name of a bucket has no window');
  const start = Number.parseInt(name.slice(end + 2), 36) * MINUTE;
  return { counter: name.slice(0, end), bucket: { window, start } };
}
