import { FastCounterError, quote } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';

/**
 * An option of `@CountCalls()` threw, or answered what it must not: `cause` has the reason. The call
 * itself is not touched by it. Reported by the event `rejected`, thrown to nobody.
 *
 * @publicApi
 */
export class CallNotCountedError extends FastCounterError {
  readonly code = 'CALL_NOT_COUNTED';

  constructor(
    readonly method: string,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? reasonOf(cause) : quote(cause);
    super(`A call of ${method}() was not counted: ${reason}`, { cause });
  }
}
