import { bounded, quote } from './words/quote.js';

export { quote } from './words/quote.js';

/** Stable across releases. */
export type FastCounterErrorCode =
  | 'INVALID_OPTIONS'
  | 'INVALID_COUNTER_NAME'
  | 'INVALID_ARGUMENT'
  | 'COUNTER_OVERFLOW'
  | 'UNSAFE_COUNT'
  | 'BACKPRESSURE'
  | 'NEW_COUNTER_LIMIT'
  | 'OUTCOME_UNKNOWN'
  | 'IDEMPOTENCY_CONFLICT'
  | 'CACHE_UNAVAILABLE'
  | 'DATABASE_UNAVAILABLE'
  | 'PROTOCOL_MISMATCH'
  | 'REDIS_MISMATCH'
  | 'DATABASE_MISMATCH'
  | 'QUEUE_COUNT_MISMATCH'
  | 'TIME_ZONE_MISMATCH'
  | 'FLUSH_TIMEOUT'
  | 'SHUT_DOWN'
  | 'CALL_NOT_COUNTED';

/**
 * Base class of every error of this module: `instanceof FastCounterError` tells ours from others,
 * `code` tells one from another also where two copies of the package are installed. Messages are at
 * most 900 bytes long, whatever they quote.
 *
 * @publicApi
 */
export abstract class FastCounterError extends Error {
  abstract readonly code: FastCounterErrorCode;

  constructor(message: string, options?: { cause?: unknown }) {
    super(bounded(`[fastcounter] ${message}`), options);
    this.name = new.target.name;
  }
}

/**
 * An option of `forRoot()` or `forRootAsync()` is unknown, of the wrong type, out of range, or in
 * conflict with another. Thrown at start-up, never later.
 *
 * @publicApi
 */
export class InvalidOptionsError extends FastCounterError {
  readonly code = 'INVALID_OPTIONS';
}

/**
 * The name is not 1 to 191 characters of well-formed Unicode in NFC without control characters and
 * without white space at either end. Nothing was sent.
 *
 * @publicApi
 */
export class InvalidCounterNameError extends FastCounterError {
  readonly code = 'INVALID_COUNTER_NAME';

  constructor(
    readonly counter: unknown,
    reason: string,
  ) {
    super(`Counter name ${quote(counter)} ${reason}`);
  }
}

/**
 * An argument other than the name is wrong: a delta that is no safe integer, a negative interval.
 * Nothing was sent.
 *
 * @publicApi
 */
export class InvalidArgumentError extends FastCounterError {
  readonly code = 'INVALID_ARGUMENT';
}

/**
 * The increment would take the counter past the signed 64-bit range. It was not counted: the value
 * stays where it was, and no other counter is touched.
 *
 * @publicApi
 */
export class CounterOverflowError extends FastCounterError {
  readonly code = 'COUNTER_OVERFLOW';

  constructor(readonly counter: string) {
    super(
      `Counter ${quote(counter)} would leave the signed 64-bit range (-2^63 to 2^63 - 1); nothing was counted`,
    );
  }
}

/**
 * The value is beyond ±(2^53 − 1) and cannot be answered as a `number` without rounding. Ask for it
 * with `{ bigint: true }`.
 *
 * @publicApi
 */
export class UnsafeCountError extends FastCounterError {
  readonly code = 'UNSAFE_COUNT';

  constructor(
    readonly counter: string,
    readonly value: bigint,
  ) {
    super(
      `Counter ${quote(counter)} is ${value}, beyond what a number holds exactly; pass { bigint: true } as last argument to read it as a bigint`,
    );
  }
}

/**
 * The buffer of this process holds as many distinct names as it may (`maxBufferedNames`), because
 * Redis takes them too slowly or not at all. The increment was not counted: try again later.
 *
 * @publicApi
 */
export class BackpressureError extends FastCounterError {
  readonly code = 'BACKPRESSURE';

  constructor(
    readonly limit: number,
    /** When to try again, in milliseconds: a hint for a Retry-After header. */
    readonly retryAfter: number,
  ) {
    super(
      `The increment buffer is full: ${limit} entries wait for Redis (option maxBufferedNames); try again later`,
    );
  }
}

/**
 * The counter would be new, and more new ones came than `newCounterLimits` allows. Nothing was
 * counted. Plain increments do not get this error: they count for the overflow counter.
 *
 * @publicApi
 */
export class NewCounterLimitError extends FastCounterError {
  readonly code = 'NEW_COUNTER_LIMIT';

  constructor(
    readonly counter: string,
    /** The counter that plain increments count for meanwhile. */
    readonly overflow: string,
  ) {
    super(
      `Counter ${quote(counter)} would be one new counter too many (option newCounterLimits); nothing was counted`,
    );
  }
}

/**
 * Whether the increment was counted cannot be known: it was not acknowledged within
 * `acknowledgeTimeout`, or Redis lost its memory between a send and its answer. An increment that
 * merely took too long is still delivered when Redis returns.
 *
 * @publicApi
 */
export class OutcomeUnknownError extends FastCounterError {
  readonly code = 'OUTCOME_UNKNOWN';
}

/** The idempotency key was used for this counter before, with another delta: nothing was counted. @publicApi */
export class IdempotencyConflictError extends FastCounterError {
  readonly code = 'IDEMPOTENCY_CONFLICT';

  constructor(
    readonly counter: string,
    readonly idempotencyKey: string,
  ) {
    super(
      `Idempotency key ${quote(idempotencyKey)} was used for counter ${quote(counter)} before, with another delta; nothing was counted`,
    );
  }
}

/**
 * The cache did not answer in time. Increments are kept and delivered later; reads and exact writes
 * fail with this error.
 *
 * @publicApi
 */
export class CacheUnavailableError extends FastCounterError {
  readonly code = 'CACHE_UNAVAILABLE';
  /** False when the cache certainly did nothing. */
  readonly mayHaveRun: boolean;

  constructor(message: string, options: { cause?: unknown; mayHaveRun?: boolean } = {}) {
    super(message, options);
    this.mayHaveRun = options.mayHaveRun ?? true;
  }
}

/**
 * The database did not answer, or with an error: `cause` has it. Increments are kept and persisted
 * later; reads of counters without a cached value, exact writes to them and `list()` fail with it.
 *
 * @publicApi
 */
export class DatabaseUnavailableError extends FastCounterError {
  readonly code = 'DATABASE_UNAVAILABLE';
}

/** `flush()` saw no worker persist what was pending within `flushTimeout`. Nothing is lost. @publicApi */
export class FlushTimeoutError extends FastCounterError {
  readonly code = 'FLUSH_TIMEOUT';
}

/** The application is shutting down and takes no more increments. @publicApi */
export class ShutDownError extends FastCounterError {
  readonly code = 'SHUT_DOWN';

  constructor() {
    super('The application is shutting down; nothing was counted');
  }
}
