import { FastCounterError, type FastCounterErrorCode } from '../errors.js';
import { reasonOf } from '../words/quote.js';

/** How many calls that write were refused, by the error's code. @publicApi */
export type Refused = Partial<Record<FastCounterErrorCode, number>>;

/** Counts the callers who were told that their call was refused, or that its outcome is unknown. */
export class Refusals {
  private readonly byCode = new Map<FastCounterErrorCode, number>();
  /** Errors whose callers were counted. */
  private readonly counted = new WeakSet();
  /** What the last of them was told, and when. */
  last?: { at: Date; error: string };

  /** Many may get the same error. */
  add(error: unknown, callers: number): void {
    if (!(error instanceof FastCounterError)) return;
    this.counted.add(error);
    if (callers === 0) return;
    this.byCode.set(error.code, (this.byCode.get(error.code) ?? 0) + callers);
    this.last = { at: new Date(), error: reasonOf(error) };
  }

  /** One caller, unless those of this error were counted. */
  addOnce(error: unknown): void {
    if (error instanceof FastCounterError && !this.counted.has(error)) this.add(error, 1);
  }

  get refused(): Refused {
    return Object.fromEntries(this.byCode);
  }
}
