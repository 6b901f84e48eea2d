import { FastCounterError } from './errors.js';
import { quote } from './words/quote.js';

/**
 * The number of queues is not the one that this namespace was started with: counters would change
 * their partition. The message says how to drain first.
 *
 * @publicApi
 */
export class QueueCountMismatchError extends FastCounterError {
  readonly code = 'QUEUE_COUNT_MISMATCH';
}

/**
 * The time zone is not the one that this namespace was started with: windows would begin at other
 * times. The message says how to drain first.
 *
 * @publicApi
 */
export class TimeZoneMismatchError extends FastCounterError {
  readonly code = 'TIME_ZONE_MISMATCH';
}

/**
 * Another Redis counts this namespace on the same database: two would take what is pending out of each other. The message
 * has both addresses, and says how to move from one to the other.
 *
 * @publicApi
 */
export class RedisMismatchError extends FastCounterError {
  readonly code = 'REDIS_MISMATCH';
}

/**
 * This namespace is counted in another database by the same Redis: each of two would get a part of the counts. The message
 * has both addresses, and says how to move from one to the other.
 *
 * @publicApi
 */
export class DatabaseMismatchError extends FastCounterError {
  readonly code = 'DATABASE_MISMATCH';
}

/** Redis holds this namespace as an incompatible version left it; nothing was touched. @publicApi */
export class ProtocolMismatchError extends FastCounterError {
  readonly code = 'PROTOCOL_MISMATCH';

  constructor(namespace: string, found: unknown) {
    const where = `Redis holds namespace "${namespace}" by protocol ${quote(found ?? 'unknown')}`;
    const drain = `flush() and stop its processes, then delete "fastcounter:{${namespace}:*"`;
    super(`${where} of another version of this package. ${drain}, or take another namespace`);
  }
}
