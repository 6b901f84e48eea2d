import type { Deferred } from './deferred.js';

/** One who asked for the total: `after` is the entry's sum just behind this increment. */
export interface TotalCaller extends Deferred<bigint> {
  delta: bigint;
  after: bigint;
}

export const NOBODY: TotalCaller[] = [];
