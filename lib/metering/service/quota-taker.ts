import type { Attempt } from '../../counting/buffer/attempt.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import { bucketsOf } from '../../windows/windows.js';
import type { CountWindow } from '../../words/bucket-name.js';
import { CounterOverflowError, UnsafeCountError } from '../../errors.js';
import type { LogLines } from '../../incidents/log-lines.js';
import type { QuotaBound } from './quota-bound.js';

/** What became of a take. */
export interface Taken {
  allowed: boolean;
  /** Afterwards; never below 0. */
  used: bigint;
}

export interface Take {
  /** Rejects with what `tryIncr()` rejects with. */
  readonly taken: Promise<Taken>;
  /**
   * Gives back what was taken, to the window that it was taken from; if the outcome is not known yet, as
   * soon as it is. Resolves when the cache has it.
   */
  giveBack(): Promise<void>;
  /**
   * Of a call that is let through without an answer: counts what turns out not to be taken, to the same
   * window and whatever the limit, as soon as that is known. What cannot be counted is the event
   * `rejected`; where the outcome stays unknown nothing is added.
   */
  countAnyway(): void;
}

type Parts = Pick<
  CountingParts,
  'buffer' | 'increments' | 'events' | 'reader' | 'calendar' | 'updateInterval'
>;

/** Takes from quotas: counters, or windows of counters, with an upper bound. */
export class QuotaTaker {
  constructor(private readonly parts: Parts) {}

  /** `now`: which window it is taken from. */
  take(bound: QuotaBound, now: number): Take {
    if (bound.delta === 0n) return lookOnly(this.look(bound, now));
    const { buffer, increments, events, updateInterval: usual } = this.parts;
    const { counter, delta, window, updateInterval = usual, idempotencyKey } = bound;
    const limits = { ...boundsOf(bound), window };
    let attempt: Attempt | undefined;
    // whatever throws rejects
    const taken = new Promise<Taken>((resolve) => {
      const increment = { name: counter, delta, idempotencyKey };
      const made = buffer.tryAdd(increment, updateInterval, limits, now);
      attempt = made;
      resolve(made.total.then((total) => answer(bound, made.applied, total)));
    });
    return {
      taken,
      giveBack: async () => attempt?.undo(),
      countAnyway() {
        if (attempt === undefined) {
          // it was not taken into the buffer, and there may be room by now
          increments.count(counter, delta, { updateInterval, windows: window && [window] });
        } else attempt.makeUp().catch((error: unknown) => events.rejected(error));
      },
    };
  }

  get lines(): LogLines {
    return this.parts.events.lines;
  }

  /** When the window of that instant ends. */
  resetsAt(window: CountWindow, now: number): Date {
    return new Date(this.parts.calendar.spanOf(window, now).end);
  }

  private async look({ counter, limit, window }: QuotaBound, now: number): Promise<Taken> {
    const { reader, calendar } = this.parts;
    const [span] = window ? bucketsOf(calendar, counter, window, now, now + 1) : [];
    const name = span?.name ?? counter;
    const [total = 0] = await reader.read([name]);
    const used = atLeast0(BigInt(total));
    return { allowed: limit === undefined || used < limit, used };
  }
}

/** Who takes must not exceed the limit, who gives back must not fall below 0, also where a limit was lowered. */
function boundsOf({ delta, limit, most }: QuotaBound): { min?: string; max?: string } {
  const lowest = [delta < 0n ? undefined : limit, most].filter((each) => each !== undefined);
  const max = lowest.length === 0 ? undefined : String(lowest.reduce((a, b) => (a < b ? a : b)));
  return delta < 0n ? { min: '0', max } : { max };
}

function answer(bound: QuotaBound, allowed: boolean, total: bigint): Taken {
  const { counter, limit, delta, most } = bound;
  if (!allowed && limit === undefined && delta > 0n) {
    // nothing but the range of the answer, or of the counter, was in its way
    throw most === undefined
      ? new CounterOverflowError(counter)
      : new UnsafeCountError(counter, total + delta);
  }
  return { allowed, used: atLeast0(total) };
}

const atLeast0 = (total: bigint): bigint => (total < 0n ? 0n : total);
const lookOnly = (taken: Promise<Taken>): Take => ({
  taken,
  giveBack: () => Promise.resolve(),
  countAnyway: () => undefined,
});
