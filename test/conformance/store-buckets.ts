import { type Bucket, bucketName, bucketSuffix } from '../../lib/words/bucket-name.js';

export const HOUR = 3_600_000;
/** Where an hour begins. */
export const START = Date.UTC(2026, 10, 22, 17);

export const bucketOf = (counter: string, bucket: Bucket): string =>
  bucketName(counter, bucketSuffix(bucket));

/** The name that the cache has for the hour that begins so many hours after `START`. */
export const hour = (counter: string, after = 0): string =>
  bucketOf(counter, { window: 'hour', start: START + after * HOUR });

export const month = (counter: string): string =>
  bucketOf(counter, { window: 'month', start: Date.UTC(2026, 10, 1) });
