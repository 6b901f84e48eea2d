import type { BucketWindow } from '../../words/bucket-name.js';

/** Where buckets of a namespace begin. */
export interface BucketStart {
  window: BucketWindow;
  /** In milliseconds since 1970. */
  start: number;
  rows: number;
}

/** Buckets that begin at an instant, and the one at which they are to begin. */
export interface BucketMove {
  window: BucketWindow;
  /** In milliseconds since 1970, whole minutes. */
  from: number;
  to: number;
}
