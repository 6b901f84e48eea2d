import { backOff } from '../../../words/back-off.js';

/** How long to wait before a connection is tried again, in milliseconds. */
export const retryDelay = (attempts: number): number =>
  backOff(attempts, { first: 50, longest: 2000 });
