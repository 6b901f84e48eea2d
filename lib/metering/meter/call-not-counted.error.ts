import { FastCounterError, quote } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';

/**
 * A function in the options of `@CountCalls()` threw, or answered a wrong value: `cause` has the reason. The decorated method
 * went on as ever. The event `rejected` reports this error; no caller gets it.
 *
 * @publicApi
 */
export class CallNotCountedError extends FastCounterError {
  readonly code = 'CALL_NOT_COUNTED';

  constructor(
    /** `Class.method`. */
    readonly method: string,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? reasonOf(cause) : quote(cause);
    super(`A call of ${method}() was not counted: ${reason}`, { cause });
  }
}
