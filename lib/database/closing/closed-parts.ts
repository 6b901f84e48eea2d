import type { Batch, BatchEntry } from '../../cache/counter-cache.js';
import { bucketName, bucketSuffix, type BucketWindow, parseName } from '../../words/bucket-name.js';
import type { OutboxRow } from '../outbox/outbox.js';
import type { CorrectedPart } from './closing-statements.js';
import type { ClosedWindow } from './closings.js';

/** The window of a counter that a bucket is; undefined for a counter itself. */
export function partOf(bucket: string): ClosedWindow | undefined {
  const { counter: name, bucket: found } = parseName(bucket);
  return found && { name, ...found };
}

/** The windows that rows of the outbox are for, in which they would come too late where these are closed. */
export const partsOfRows = (rows: readonly OutboxRow[]): CorrectedPart[] =>
  rows.flatMap(({ name, delta, moved }) => {
    const part = moved?.suffix === undefined ? undefined : partOf(bucketName(name, moved.suffix));
    return part === undefined ? [] : [{ ...part, delta }];
  });

export const bucketOf = ({ name, window, start }: ClosedWindow): string =>
  bucketName(name, bucketSuffix({ window, start }));

/** The metered name that a counter is a part of: windows are closed for that. */
export const baseOf = (counter: string): string => {
  const [base = counter] = counter.split('{', 1);
  return base;
};

/** The window that is closed where that of a part is. */
export const baseWindow = (part: ClosedWindow): ClosedWindow => ({
  name: baseOf(part.name),
  window: part.window,
  start: part.start,
});

/** Tells a window from all others. */
export const windowKey = bucketOf;

/** Each window once. */
export const keysOf = (windows: readonly ClosedWindow[]): ClosedWindow[] => [
  ...new Map(windows.map((window) => [windowKey(window), window])).values(),
];

/** Those of these parts whose windows are among the closed ones, which are told by their keys. */
export const closedOnes = <Part extends ClosedWindow>(
  parts: readonly Part[],
  closed: ReadonlySet<string>,
): Part[] => parts.filter((part) => closed.has(windowKey(baseWindow(part))));

/** The kinds of these windows, each once. */
export const kindsOf = (parts: readonly ClosedWindow[]): BucketWindow[] => [
  ...new Set(parts.map(({ window }) => window)),
];

/** Windows in one statement. */
const AT_ONCE = 500;

/** What one statement each is sent for. */
export const inParts = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, part) =>
    items.slice(part * AT_ONCE, (part + 1) * AT_ONCE),
  );

/** Rows of the outbox but for those of these buckets. */
export const withoutBuckets = (
  rows: readonly OutboxRow[],
  buckets: readonly string[],
): OutboxRow[] =>
  rows.filter(
    ({ name, moved }) =>
      moved?.suffix === undefined || !buckets.includes(bucketName(name, moved.suffix)),
  );

const isBucket = ({ name }: BatchEntry): boolean => parseName(name).bucket !== undefined;

/** Whether an entry moves the row of a window elsewhere. */
export const moves = (entry: BatchEntry): boolean => entry.moveTo !== undefined && isBucket(entry);

/** Whether an entry removes the row of a window, or sets it anew. */
export const replaces = (entry: BatchEntry): boolean =>
  (entry.remove || entry.expected !== undefined) && isBucket(entry);

/** The windows whose rows these entries remove, or set anew. */
export const replacedParts = (entries: readonly BatchEntry[]): ClosedWindow[] =>
  entries.filter(replaces).flatMap(({ name }) => partOf(name) ?? []);

/** The windows out of which an entry moves a row, and into which. */
function sidesOf(entry: BatchEntry): ClosedWindow[] {
  const part = moves(entry) ? partOf(entry.name) : undefined;
  if (part === undefined || entry.moveTo === undefined) return [];
  return [part, { ...part, name: entry.moveTo }];
}

/** All of a batch. */
export const movedParts = ({ entries }: Batch): ClosedWindow[] => entries.flatMap(sidesOf);

/** A batch without moves out of windows that are closed, or into such: there they would come too late. */
export function staying(batch: Batch, closed: ReadonlySet<string>): Batch {
  if (closed.size === 0) return batch;
  const entries = batch.entries.map((entry) => {
    if (closedOnes(sidesOf(entry), closed).length === 0) return entry;
    const { name, delta, remove, expected } = entry;
    return { name, delta, remove, ...(expected !== undefined && { expected }) };
  });
  return { ...batch, entries };
}
