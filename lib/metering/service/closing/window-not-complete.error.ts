import { FastCounterError, quote } from '../../../errors.js';

/**
 * `MeteringService.close()` did not close the window, as its numbers may still change. `reason` says why.
 *
 * @publicApi
 */
export class WindowNotCompleteError extends FastCounterError {
  readonly code = 'WINDOW_NOT_COMPLETE';

  constructor(
    /** The metered name. */
    readonly counter: string,
    /** The kind of window. */
    readonly window: string,
    /** When the window begins. */
    readonly start: Date,
    /** Why it may still change. */
    readonly reason: string,
  ) {
    super(
      `The ${window} of ${quote(counter)} from ${start.toISOString()} on cannot be closed: ${reason}`,
    );
  }
}
