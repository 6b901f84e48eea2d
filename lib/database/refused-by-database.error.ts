import { DatabaseUnavailableError } from '../errors.js';

/** The database answered that it refuses, by a missing right, a constraint or a trigger: repeating does not help by itself. */
export class RefusedByDatabaseError extends DatabaseUnavailableError {
  // for users it is the same error as its base class
  override readonly name = 'DatabaseUnavailableError';
}
