import { FastCounterError } from './errors.js';
import { quote } from './words/quote.js';

/**
 * The option `queue.count` is not the number that this namespace was started with: counters would change their
 * partition. Nothing is counted. The message says how to change the number.
 *
 * @publicApi
 */
export class QueueCountMismatchError extends FastCounterError {
  readonly code = 'QUEUE_COUNT_MISMATCH';
}

/**
 * The option `windows.timeZone` is not the zone that this namespace was started with: windows would begin at other times.
 * Nothing is counted. The message says how to change the zone.
 *
 * @publicApi
 */
export class TimeZoneMismatchError extends FastCounterError {
  readonly code = 'TIME_ZONE_MISMATCH';
}

/**
 * Another Redis counts this namespace on the same database: each of the two would park pending counts, as the ledger shows
 * batches that it does not know. Nothing is counted. The message has both addresses, and says how to move from one to the other.
 *
 * @publicApi
 */
export class RedisMismatchError extends FastCounterError {
  readonly code = 'REDIS_MISMATCH';
}

/**
 * The same Redis counts this namespace in another database: each of the two databases would get a part of the counts.
 * Nothing is counted. The message has both addresses, and says how to move from one to the other.
 *
 * @publicApi
 */
export class DatabaseMismatchError extends FastCounterError {
  readonly code = 'DATABASE_MISMATCH';
}

/** Redis holds this namespace in the form of an incompatible version of this package. Nothing was changed there. @publicApi */
export class ProtocolMismatchError extends FastCounterError {
  readonly code = 'PROTOCOL_MISMATCH';

  constructor(namespace: string, found: unknown) {
    super(
      `Redis holds namespace "${namespace}" by protocol ${quote(found ?? 'unknown')}, of another version of this package. ` +
        `Start that version again; or call flush() there, stop its processes, and delete the Redis keys ` +
        `"fastcounter:{${namespace}:*"; or use another namespace here`,
    );
  }
}

/**
 * The program failed, and no server: a package beside this one does not have what this one calls, as another version of it
 * would, or this package has a defect. Of a call that writes, nothing was counted. Trying again does not help. The error is
 * the `cause`.
 *
 * @publicApi
 */
export class UnexpectedError extends FastCounterError {
  readonly code = 'UNEXPECTED';
  /** @internal Whether Redis may have done what it was asked. */
  readonly mayHaveRun: boolean;

  constructor(message: string, options: { cause: unknown; mayHaveRun?: boolean }) {
    super(message, options);
    this.mayHaveRun = options.mayHaveRun ?? true;
  }
}

/**
 * `changes()` cannot tell all that was changed behind the cursor: begin anew without a cursor, which tells every row, and drop what is not
 * told.
 *
 * @publicApi
 */
export class ChangesMissedError extends FastCounterError {
  readonly code = 'CHANGES_MISSED';

  constructor(reason: string) {
    super(`Not all changes behind this cursor are known: ${reason}. Begin anew, without a cursor`);
  }
}
