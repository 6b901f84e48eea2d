import type { BucketWindow } from '../words/bucket-name.js';

/** Which counters that counted the most are asked for. */
export interface TopAsked {
  prefix: string;
  /** Starts of windows that follow one another; absent for totals. */
  windows?: { window: BucketWindow; starts: readonly number[] } | undefined;
  limit: number;
  /** Only what comes behind this. */
  after?: { name: string; value: bigint } | undefined;
}
