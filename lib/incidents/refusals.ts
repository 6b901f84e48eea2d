import { FastCounterError, type FastCounterErrorCode } from '../errors.js';
import { reasonOf } from '../words/quote.js';

/** How many callers of methods that write got an error, by its code. Codes that no caller got are absent. @publicApi */
export type Refused = Partial<Record<FastCounterErrorCode, number>>;

/** Counts the callers who got an error: their call was refused, or its outcome is unknown. */
export class Refusals {
  private readonly byCode = new Map<FastCounterErrorCode, number>();
  /** Errors whose callers were counted. */
  private readonly counted = new WeakSet();
  /** The last error that a caller got, and when. */
  last?: { at: Date; error: string };

  /** Counts `callers` who get the same error. */
  add(error: unknown, callers: number): void {
    if (!(error instanceof FastCounterError)) return;
    this.counted.add(error);
    if (callers === 0) return;
    this.byCode.set(error.code, (this.byCode.get(error.code) ?? 0) + callers);
    this.last = { at: new Date(), error: reasonOf(error) };
  }

  /** Counts one caller, unless the callers of this error were counted before. */
  addOnce(error: unknown): void {
    if (error instanceof FastCounterError && !this.counted.has(error)) this.add(error, 1);
  }

  get refused(): Refused {
    return Object.fromEntries(this.byCode);
  }
}
