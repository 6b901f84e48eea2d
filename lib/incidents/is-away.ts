import { CacheUnavailableError, DatabaseUnavailableError, FastCounterError } from '../errors.js';
import { isMistake } from './is-mistake.js';

/** Whether an error says that a server did not do what it was asked: by any other error of ours, it answered. */
export const isAway = (error: unknown): boolean =>
  (error instanceof CacheUnavailableError || error instanceof DatabaseUnavailableError) &&
  !isMistake(error);

/** Whether a server refused by an error of ours: it is there. */
export const isAnswer = (error: unknown): boolean =>
  error instanceof FastCounterError && !isAway(error);
