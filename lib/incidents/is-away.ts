import { CacheUnavailableError, DatabaseUnavailableError } from '../errors.js';

/** Whether an error says that a server did not do what it was asked: by any other error of ours, it answered. */
export const isAway = (error: unknown): boolean =>
  error instanceof CacheUnavailableError || error instanceof DatabaseUnavailableError;
