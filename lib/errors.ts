import { bounded, quote } from './words/quote.js';

export { quote } from './words/quote.js';

/** What is wrong, in one word: stable across releases. @publicApi */
export type FastCounterErrorCode =
  | 'INVALID_OPTIONS'
  | 'INVALID_COUNTER_NAME'
  | 'INVALID_ARGUMENT'
  | 'COUNTER_OVERFLOW'
  | 'UNSAFE_COUNT'
  | 'WINDOW_NOT_COMPLETE'
  | 'BACKPRESSURE'
  | 'NEW_COUNTER_LIMIT'
  | 'OUTCOME_UNKNOWN'
  | 'IDEMPOTENCY_CONFLICT'
  | 'CACHE_UNAVAILABLE'
  | 'DATABASE_UNAVAILABLE'
  | 'UNEXPECTED'
  | 'PROTOCOL_MISMATCH'
  | 'REDIS_MISMATCH'
  | 'DATABASE_MISMATCH'
  | 'QUEUE_COUNT_MISMATCH'
  | 'TIME_ZONE_MISMATCH'
  | 'CHANGES_MISSED'
  | 'FLUSH_TIMEOUT'
  | 'SHUT_DOWN'
  | 'CALL_NOT_COUNTED';

/**
 * Base class of every error of this package. `code` also tells errors apart where two copies of the package are
 * installed, and `instanceof` does not. A message has at most 900 bytes, whatever it quotes.
 *
 * @example
 * try {
 *   await counters.incr('orders');
 * } catch (error) {
 *   if (error instanceof FastCounterError && error.code === 'BACKPRESSURE') retryLater();
 *   else throw error;
 * }
 * @publicApi
 */
export abstract class FastCounterError extends Error {
  /** What is wrong: one code for each class. */
  abstract readonly code: FastCounterErrorCode;

  constructor(message: string, options?: { cause?: unknown }) {
    super(bounded(`[fastcounter] ${message}`), options);
    this.name = new.target.name;
  }
}

/**
 * An option of `forRoot()`, `forRootAsync()`, `@CountCalls()` or `@Quota()` is unknown, of the wrong type, out of range, or
 * in conflict with another one; or Redis or the database is not set up for counts. Thrown at start-up, never later.
 *
 * @publicApi
 */
export class InvalidOptionsError extends FastCounterError {
  readonly code = 'INVALID_OPTIONS';
}

/**
 * The name of a counter is not 1 to 191 characters of well-formed Unicode in normalization form C, without control characters
 * and without white space at either end. Nothing was counted.
 *
 * @publicApi
 */
export class InvalidCounterNameError extends FastCounterError {
  readonly code = 'INVALID_COUNTER_NAME';

  constructor(
    /** The name, as it was given; of a handle, the id. */
    readonly counter: unknown,
    reason: string,
    what = `Counter name ${quote(counter)}`,
  ) {
    super(`${what} ${reason}`);
  }
}

/**
 * An argument other than the name is wrong: a delta that is no safe integer, say, or a negative interval. Nothing was counted.
 *
 * @publicApi
 */
export class InvalidArgumentError extends FastCounterError {
  readonly code = 'INVALID_ARGUMENT';
}

/**
 * The increment would take the counter out of the signed 64-bit range. Nothing was counted, and the counter keeps its value.
 *
 * @publicApi
 */
export class CounterOverflowError extends FastCounterError {
  readonly code = 'COUNTER_OVERFLOW';

  constructor(
    /** The counter. */
    readonly counter: string,
  ) {
    super(
      `Counter ${quote(counter)} would leave the signed 64-bit range (-2^63 to 2^63 - 1); nothing was counted`,
    );
  }
}

/**
 * The value is beyond ±(2^53 − 1), so a `number` would be rounded. Pass `{ bigint: true }` to read it. What the call
 * adds or sets is counted nevertheless; `MeteringService.consume()` alone takes nothing.
 *
 * @publicApi
 */
export class UnsafeCountError extends FastCounterError {
  readonly code = 'UNSAFE_COUNT';

  constructor(
    /** The counter; of `sum()`, the prefix. */
    readonly counter: string,
    /** Its exact value. */
    readonly value: bigint,
    what = `Counter ${quote(counter)}`,
  ) {
    super(
      `${what} is ${value}, beyond what a number holds exactly; pass { bigint: true } as last argument to read it as a bigint`,
    );
  }
}

/**
 * The buffer of this process holds as many counters as it may (option `maxBufferedNames`), because Redis takes them too
 * slowly or not at all. Nothing was counted: try again later.
 *
 * @publicApi
 */
export class BackpressureError extends FastCounterError {
  readonly code = 'BACKPRESSURE';

  constructor(
    /** The option `maxBufferedNames`. */
    readonly limit: number,
    /** Milliseconds after which to try again: a hint, for a `Retry-After` header, say. */
    readonly retryAfter: number,
  ) {
    super(
      `The buffer of this process is full: increments that wait for Redis take all of its ${limit} places (option maxBufferedNames). Nothing was counted; try again later`,
    );
  }
}

/**
 * The counter would be new, and the option `newCounterLimits` allows no more new counters in this interval. Nothing was
 * counted. Increments by `incr()` and `incrMany()` do not get this error: they count for the overflow counter.
 *
 * @publicApi
 */
export class NewCounterLimitError extends FastCounterError {
  readonly code = 'NEW_COUNTER_LIMIT';

  constructor(
    /** The counter that was not made. */
    readonly counter: string,
    /** The counter that gets the increments by `incr()` and `incrMany()` meanwhile. */
    readonly overflow: string,
  ) {
    super(
      `Counter ${quote(counter)} is new, and option newCounterLimits allows no other new one now; nothing was counted`,
    );
  }
}

/**
 * Whether the call was counted is not known: Redis did not acknowledge it within `acknowledgeTimeout`, or lost its memory
 * between the call and its answer. A call that only took too long is delivered when Redis answers again. To repeat an increment
 * without counting it twice, give it an `idempotencyKey`.
 *
 * @publicApi
 */
export class OutcomeUnknownError extends FastCounterError {
  readonly code = 'OUTCOME_UNKNOWN';
}

/**
 * The idempotency key was used for this counter before, with another delta. Nothing was counted.
 *
 * @publicApi
 */
export class IdempotencyConflictError extends FastCounterError {
  readonly code = 'IDEMPOTENCY_CONFLICT';

  constructor(
    /** The counter. */
    readonly counter: string,
    /** The key that was used before. */
    readonly idempotencyKey: string,
  ) {
    super(
      `Idempotency key ${quote(idempotencyKey)} was used for counter ${quote(counter)} before, with another delta; nothing was counted`,
    );
  }
}

/**
 * Redis did not answer in time, or could not do what it was asked. Reads reject with this error. Increments do not: they
 * wait in this process, and are delivered when Redis answers again. Of `MeteringService.correct()` and `importEvents()` see
 * `DatabaseUnavailableError`.
 *
 * @publicApi
 */
export class CacheUnavailableError extends FastCounterError {
  readonly code = 'CACHE_UNAVAILABLE';
  /** Whether Redis may have done what it was asked; false when it certainly did nothing. */
  readonly mayHaveRun: boolean;

  constructor(message: string, options: { cause?: unknown; mayHaveRun?: boolean } = {}) {
    super(message, options);
    this.mayHaveRun = options.mayHaveRun ?? true;
  }
}

/**
 * The database did not answer in time, or answered with an error, which is the `cause`. `list()`, and calls that need a
 * value which Redis does not cache, reject with this error. Increments do not: they are persisted later. Of `MeteringService.correct()` and
 * `importEvents()` it is not known whether they counted: call again, with the same `id` and the same events.
 *
 * @publicApi
 */
export class DatabaseUnavailableError extends FastCounterError {
  readonly code = 'DATABASE_UNAVAILABLE';
}

/** Within `flushTimeout` no worker persisted what was pending when `flush()` was called. Nothing is lost. @publicApi */
export class FlushTimeoutError extends FastCounterError {
  readonly code = 'FLUSH_TIMEOUT';
}

/** The application is shutting down. Nothing was counted. @publicApi */
export class ShutDownError extends FastCounterError {
  readonly code = 'SHUT_DOWN';

  constructor() {
    super('The application is shutting down; nothing was counted');
  }
}
