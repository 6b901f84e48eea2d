import { DatabaseUnavailableError } from '../errors.js';

/** The database answered, and refuses for good: for want of a right, or by a constraint or a trigger. */
export class RefusedByDatabaseError extends DatabaseUnavailableError {
  // to users the same as any other
  override readonly name = 'DatabaseUnavailableError';
}
