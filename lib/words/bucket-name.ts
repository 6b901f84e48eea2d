/** The windows of time per which counts can be kept, besides their total. A week is one of ISO 8601: it begins on Monday. @publicApi */
export type CountWindow = 'minute' | 'hour' | 'day' | 'week' | 'month';

/** By the digits that buckets are named with: a new one comes last. */
export const WINDOWS: readonly CountWindow[] = ['minute', 'hour', 'day', 'month', 'week'];

/** One window of a counter, from an instant on. */
export interface Bucket {
  /** The kind of window. */
  window: CountWindow;
  /** When the window begins: milliseconds since 1970, a whole minute. */
  start: number;
}

/** No counter name holds one: what follows names a bucket of the counter. */
export const BUCKET_SEPARATOR = '\x1f';
const MINUTE = 60_000;

/** Names a bucket among those of its counter: as short as it can be, for Redis holds it. */
export const bucketSuffix = ({ window, start }: Bucket): string =>
  `${WINDOWS.indexOf(window)}${(start / MINUTE).toString(36)}`;

/** A bucket is a counter of its own in the cache, under this name. */
export const bucketName = (counter: string, suffix: string): string =>
  `${counter}${BUCKET_SEPARATOR}${suffix}`;

interface ParsedName {
  counter: string;
  /** Absent for the counter itself. */
  bucket?: Bucket;
}

export function parseName(name: string): ParsedName {
  const end = name.indexOf(BUCKET_SEPARATOR);
  if (end === -1) return { counter: name };
  const window = WINDOWS[Number(name[end + 1])];
  if (window === undefined) throw new RangeError('The name of a bucket has no window');
  const start = Number.parseInt(name.slice(end + 2), 36) * MINUTE;
  return { counter: name.slice(0, end), bucket: { window, start } };
}
