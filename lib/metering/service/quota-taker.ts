import type { Attempt } from '../../counting/buffer/attempt.js';
import type { CountingParts } from '../../counting/counting-parts.js';
import type { Limits } from '../../input/limits.js';
import type { Calendar, Span } from '../../windows/calendar.js';
import { CounterOverflowError, UnsafeCountError } from '../../errors.js';
import type { LogLines } from '../../incidents/log-lines.js';
import { reasonOf } from '../../words/quote.js';
import type { QuotaBound } from './quota-bound.js';
import type { QuotaDefaults } from './quota.types.js';
import { ThresholdTeller } from './thresholds.js';
import { boundTo, type FoundWindow, nameAt, spanAt } from './windows/quota-window.js';

/** What a take came to. */
export interface Taken {
  allowed: boolean;
  /** How much is used afterwards; never below 0. */
  used: bigint;
}

/** One take from a quota, which may be under way. */
export interface Take {
  /** Rejects with what `tryIncr()` rejects with. */
  readonly taken: Promise<Taken>;
  /**
   * Gives back what was taken, once, to the same window; where the outcome is not known yet, as soon as it is. Resolves when
   * the cache has that.
   */
  giveBack(): Promise<void>;
  /**
   * For a call that passed without an answer of the quota: counts it in the same window, whatever the limit, if it turns out
   * that nothing was taken. Where that fails, the event is `rejected`; where the outcome stays unknown, nothing is added.
   */
  countAnyway(): void;
}

type Parts = Pick<
  CountingParts,
  'buffer' | 'increments' | 'events' | 'reader' | 'calendar' | 'updateInterval'
>;

type Within = Pick<Limits, 'window' | 'own'>;

/** What the idempotency key of a call that gives back begins with: no key of a caller has it. */
const GIVEN_BACK = '\x1fgiven back ';

/** Takes from quotas: counters, or windows of counters, with an upper bound. */
export class QuotaTaker {
  readonly thresholds: ThresholdTeller;

  constructor(
    private readonly parts: Parts,
    /** Option `quotas`. */
    readonly defaults?: QuotaDefaults,
  ) {
    this.thresholds = new ThresholdTeller(parts);
  }

  /** Takes from the window of the time `now`. */
  take(bound: QuotaBound, now: number): Take {
    if (bound.delta === 0n) return lookOnly(this.look(bound, now));
    const { buffer, events, updateInterval: usual } = this.parts;
    const { counter, delta, window, updateInterval = usual, idempotencyKey } = bound;
    const within = boundTo(window, now);
    const limits = { ...boundsOf(bound), ...within };
    let attempt: Attempt | undefined;
    let back: Promise<void> | undefined;
    // in a promise, so that an error that is thrown rejects
    const taken = new Promise<Taken>((resolve) => {
      const increment = { name: counter, delta, idempotencyKey };
      const made = buffer.tryAdd(increment, updateInterval, limits, now);
      attempt = made;
      resolve(made.total.then((total) => answer(bound, made.applied, total)));
    });
    return {
      taken,
      giveBack: () => (back ??= this.giveBack(bound, attempt, now)),
      countAnyway: () => {
        if (attempt === undefined) this.countLate(bound, within, now);
        else attempt.makeUp().catch((error: unknown) => events.rejected(error));
      },
    };
  }

  /** For a take that the buffer had no room for: it may have some by now. */
  private countLate({ counter, delta, updateInterval }: QuotaBound, within: Within, now: number) {
    const { buffer, increments, events, updateInterval: usual } = this.parts;
    const { window, own } = within;
    if (own === undefined) {
      increments.count(counter, delta, { updateInterval, windows: window && [window] });
      return;
    }
    try {
      buffer.enter({ name: counter, delta, own, madeAt: now }, updateInterval ?? usual, false);
    } catch (error) {
      events.rejected(error);
    }
  }

  private async giveBack(bound: QuotaBound, attempt: Attempt | undefined, now: number) {
    const { idempotencyKey, counter, delta, window, updateInterval } = bound;
    if (idempotencyKey === undefined) return attempt?.undo();
    if (attempt === undefined || !(await attempt.whenMade())) return;
    // each call under that key is told that it took: all of them give back once
    const { buffer, updateInterval: usual } = this.parts;
    const increment = {
      name: counter,
      delta: -delta,
      idempotencyKey: `${GIVEN_BACK}${idempotencyKey}`,
    };
    const { window: kept, own } = boundTo(window, now);
    const when = { windows: kept && [kept], own, madeAt: now };
    await buffer.enter({ ...increment, ...when }, updateInterval ?? usual).acknowledged;
  }

  get lines(): LogLines {
    return this.parts.events.lines;
  }

  /** Why counters do not work, where that is a mistake of the program: then a quota must not open as if a server were away. */
  get mistake(): Error | undefined {
    const { mistake } = this.parts.events.outages;
    if (mistake === undefined) return undefined;
    return mistake instanceof Error ? mistake : new Error(reasonOf(mistake));
  }

  /** Of windows without a time zone of their own. */
  get calendar(): Calendar {
    return this.parts.calendar;
  }

  /** The window of that instant. */
  spanOf(window: FoundWindow, now: number): Span {
    return spanAt(this.calendar, window, now);
  }

  private async look(bound: QuotaBound, now: number): Promise<Taken> {
    const { counter, limit, window, overage = false } = bound;
    const name = window === undefined ? counter : nameAt(this.calendar, counter, window, now);
    const [total = 0] = await this.parts.reader.read([name]);
    const used = atLeast0(BigInt(total));
    return { allowed: overage || limit === undefined || used < limit, used };
  }
}

/** A take must not exceed the limit. What gives back must not fall below 0, but may stay above a limit that was lowered. */
function boundsOf(bound: QuotaBound): { min?: string; max?: string } {
  const { delta, limit, most, overage } = bound;
  const lowest = [delta < 0n || overage ? undefined : limit, most].filter(
    (each) => each !== undefined,
  );
  const max = lowest.length === 0 ? undefined : String(lowest.reduce((a, b) => (a < b ? a : b)));
  return delta < 0n ? { min: '0', max } : { max };
}

function answer(bound: QuotaBound, allowed: boolean, total: bigint): Taken {
  const { counter, limit, delta, most, overage } = bound;
  if (!allowed && (limit === undefined || overage) && delta > 0n) {
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
