import { bucketName, bucketSuffix, parseName } from '../../words/bucket-name.js';
import type { OutboxRow } from '../outbox/outbox.js';
import type { CorrectedPart } from './closing-statements.js';

/** The windows that rows of the outbox are for, in which they would come too late where these are closed. */
export const partsOfRows = (rows: readonly OutboxRow[]): CorrectedPart[] =>
  rows.flatMap(({ name, delta, moved }) => {
    if (moved?.suffix === undefined) return [];
    const { bucket } = parseName(bucketName(name, moved.suffix));
    if (bucket === undefined) return [];
    return [{ name, window: bucket.window, start: bucket.start, delta }];
  });

export const bucketOf = ({ name, window, start }: Omit<CorrectedPart, 'delta'>): string =>
  bucketName(name, bucketSuffix({ window, start }));

/** The metered name that a counter is a part of: windows are closed for that. */
export const baseOf = (counter: string): string => {
  const [base = counter] = counter.split('{', 1);
  return base;
};

/** Rows of the outbox but for those of these buckets. */
export const withoutBuckets = (
  rows: readonly OutboxRow[],
  buckets: readonly string[],
): OutboxRow[] =>
  rows.filter(
    ({ name, moved }) =>
      moved?.suffix === undefined || !buckets.includes(bucketName(name, moved.suffix)),
  );
