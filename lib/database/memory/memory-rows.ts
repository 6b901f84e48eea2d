import { BUCKET_SEPARATOR, type BucketWindow, parseName } from '../../words/bucket-name.js';
import { exceptOf } from '../kept-windows.js';
import type {
  BucketQuery,
  CounterRow,
  NamesQuery,
  NamesStep,
  PartsQuery,
  PartsWindows,
  RowQuery,
  TopQuery,
  TopRow,
} from '../row-queries.js';
import type { MemoryRow, MemoryRows } from './memory-tables.js';

interface Place {
  bytes: Buffer;
  value: bigint;
}

interface Found extends Place {
  name: string;
  row: MemoryRow;
}

/** One page of counters, as `CounterStore.list()` answers it. */
export function listRows(
  rows: MemoryRows,
  { prefix = '', order, direction, limit, after }: RowQuery,
): CounterRow[] {
  const sign = direction === 'asc' ? 1 : -1;
  const compare = (one: Place, other: Place): number =>
    sign * (order === 'name' ? byName(one, other) : byValue(one, other));
  const place = after && { bytes: Buffer.from(after.name), value: after.value };
  const found: Found[] = [];
  for (const [name, row] of rows) {
    if (name.includes(BUCKET_SEPARATOR) || !name.startsWith(prefix)) continue;
    const each = { name, row, bytes: Buffer.from(name), value: row.value };
    if (place === undefined || compare(each, place) > 0) found.push(each);
  }
  return found
    .sort(compare)
    .slice(0, limit)
    .map(({ name, row: { value, createdAt, updatedAt } }) => ({
      name,
      value,
      createdAt: new Date(createdAt),
      updatedAt: new Date(updatedAt),
    }));
}

/** The number of all counters with a prefix, or the sum of their values. */
export function aggregate(rows: MemoryRows, what: 'count' | 'sum', prefix: string): bigint {
  let total = 0n;
  for (const [name, { value }] of rows) {
    if (name.includes(BUCKET_SEPARATOR) || !name.startsWith(prefix)) continue;
    total += what === 'count' ? 1n : value;
  }
  return total;
}

/** As `CounterStore.top()` answers them. */
export function topRows(
  rows: MemoryRows,
  { window, first, last, prefix, atMost, limit }: TopQuery,
): TopRow[] {
  const sums = new Map<string, bigint>();
  for (const [key, { value }] of rows) {
    const { counter, bucket } = parseName(key);
    if (bucket?.window !== window || bucket.start < first || bucket.start > last) continue;
    if (counter.startsWith(prefix)) sums.set(counter, (sums.get(counter) ?? 0n) + value);
  }
  const found = Array.from(sums, ([name, value]) => ({ name, value, bytes: Buffer.from(name) }));
  return found
    .filter(({ value }) => atMost === undefined || value <= atMost)
    .sort((one, other) => byValue(other, one))
    .slice(0, limit)
    .map(({ name, value }) => ({ name, value }));
}

/** As `CounterStore.parts()` answers them. */
export function partRows(
  rows: ReadonlyMap<string, Pick<MemoryRow, 'value'>>,
  { prefix, pieces = [prefix, ''], windows, after, limit }: PartsQuery,
): TopRow[] {
  const sums = new Map<string, bigint>();
  for (const [key, { value }] of rows) {
    const { counter, bucket } = parseName(key);
    if (bucket?.window !== windows?.window) continue;
    if (bucket && windows && !isWithin(windows, bucket.start)) continue;
    if (counter.startsWith(prefix) && consistsOf(counter, pieces)) {
      sums.set(counter, (sums.get(counter) ?? 0n) + value);
    }
  }
  const place = after === undefined ? undefined : Buffer.from(after);
  return Array.from(sums, ([name, value]) => ({ name, value, bytes: Buffer.from(name) }))
    .filter(({ bytes }) => place === undefined || Buffer.compare(bytes, place) > 0)
    .sort(byName)
    .slice(0, limit)
    .map(({ name, value }) => ({ name, value }));
}

const isWithin = (windows: PartsWindows, start: number): boolean =>
  start >= windows.first && start <= windows.last && !exceptOf(windows).includes(start);

/** Whether a text consists of these, with anything between each two. */
function consistsOf(text: string, pieces: readonly string[]): boolean {
  const quoted = pieces.map((piece) => piece.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${quoted.join('.*')}$`, 'su').test(text);
}

// order of the bytes of UTF-8, which that of JavaScript's texts is not
const byName = (one: Place, other: Place): number => Buffer.compare(one.bytes, other.bytes);

function byValue(one: Place, other: Place): number {
  if (one.value === other.value) return byName(one, other);
  return one.value < other.value ? -1 : 1;
}

/** Removes buckets of a window that begin before an instant, the oldest first; answers how many. */
export function removeBuckets(
  rows: MemoryRows,
  window: BucketWindow,
  before: Date,
  limit: number,
): number {
  const old = bucketsOf(rows)
    .filter(({ bucket }) => bucket.window === window && bucket.start < before.getTime())
    .sort((one, other) => one.bucket.start - other.bucket.start)
    .slice(0, limit);
  for (const { name } of old) rows.delete(name);
  return old.length;
}

export const bucketsOf = (rows: MemoryRows) =>
  [...rows.keys()].flatMap((name) => {
    const { bucket } = parseName(name);
    return bucket === undefined ? [] : [{ name, bucket }];
  });

/** As `CounterStore.buckets()` answers them. */
export function bucketNames(rows: MemoryRows, { of, after, limit }: BucketQuery): string[] {
  const isAsked = (counter: string): boolean =>
    'prefix' in of ? counter.startsWith(of.prefix) : of.includes(counter);
  const keyed = (name: string) => {
    const { counter, bucket } = parseName(name);
    const time = new Date(bucket?.start ?? 0).toISOString();
    return { name, counter, key: Buffer.from([counter, bucket?.window, time].join('\0')) };
  };
  const from = after === undefined ? undefined : keyed(after).key;
  return bucketsOf(rows)
    .map(({ name }) => keyed(name))
    .filter(({ counter, key }) => isAsked(counter) && (!from || Buffer.compare(key, from) > 0))
    .sort((one, other) => Buffer.compare(one.key, other.key))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** As `CounterStore.names()` answers it. */
export function nameStep(
  rows: MemoryRows,
  { of, prefix, pieces, after, limit }: NamesQuery,
): NamesStep {
  const place = after === undefined ? undefined : Buffer.from(after);
  const found = [...rows.keys()]
    .map(parseName)
    .filter(({ counter, bucket }) => {
      return (bucket === undefined) === (of === 'counters') && counter.startsWith(prefix);
    })
    .map(({ counter }) => ({ name: counter, value: 0n, bytes: Buffer.from(counter) }))
    .filter(({ bytes }) => place === undefined || Buffer.compare(bytes, place) > 0)
    .sort(byName)
    .slice(0, limit)
    .map(({ name }) => name);
  const names = [...new Set(found)].filter((name) => consistsOf(name, pieces));
  const next = found.length < limit ? undefined : found.at(-1);
  return next === undefined ? { names } : { names, next };
}
