import type { CountingParts } from '../../counting/counting-parts.js';
import { FastCounterError, InvalidArgumentError, quote } from '../../errors.js';
import { type Dimensions, meteredName, parseMeteredName } from './dimensions.js';
import { boundTo, type FoundWindow, kindOf, spanAt } from './windows/quota-window.js';

/** What an event tells when a quota is used up to a share of its limit. */
export interface Crossings {
  /** The name of the quota. */
  readonly name: string;
  readonly dimensions: Dimensions;
  readonly shares: readonly number[];
}

/** A quota, and the window that it holds for. */
interface Bound {
  counter: string;
  limit?: bigint;
  window?: FoundWindow;
  updateInterval?: number;
  crossings?: Crossings;
}

const MILLION = 1_000_000;
const MOST_SHARES = 16;
/** The largest share: a hundred times the limit. */
const LARGEST = 100;
/** The dimension of the counters that say what was crossed. */
const THRESHOLD = 'threshold';
/** Thresholds that are known to be crossed. */
const MOST_KNOWN = 10_000;

/** Checks the option `thresholds`; undefined where there are none. */
export function crossingsOf(
  thresholds: unknown,
  name: string,
  dimensions: Dimensions = {},
): Crossings | undefined {
  if (thresholds === undefined) return undefined;
  const given: readonly unknown[] = Array.isArray(thresholds) ? thresholds : [undefined];
  if (given.length > MOST_SHARES || !given.every(isShare)) {
    throw new InvalidArgumentError(
      `thresholds must be an array of at most ${MOST_SHARES} shares of the limit, such as [0.8, 1]: numbers above 0, up to ${LARGEST}, with at most 6 decimals, not ${quote(thresholds)}`,
    );
  }
  if (THRESHOLD in dimensions || /[{}]/.test(name)) {
    throw new InvalidArgumentError(
      `A quota with thresholds must have no dimension "${THRESHOLD}", and no { or } in its name: crossed ones are counted in ${quote(`${name}.crossed`)}, by that dimension`,
    );
  }
  return given.length === 0
    ? undefined
    : { name, dimensions: { ...dimensions }, shares: [...given] };
}

const isShare = (share: unknown): share is number =>
  typeof share === 'number' &&
  share > 0 &&
  share <= LARGEST &&
  Math.round(share * MILLION) / MILLION === share;

/**
 * Tells `quotaCrossed` once for each quota, window and threshold, over all processes. That a threshold was crossed is counted, in a
 * counter that is a quota of one: whoever takes that one tells. Whoever sees a quota beyond a threshold tries, so that a process that
 * ended before it told is no loss; and once in each process, as the answer does not change any more.
 */
export class ThresholdTeller {
  /** Those that this process has tried, the oldest first. */
  private readonly known = new Set<string>();

  constructor(
    private readonly parts: Pick<
      CountingParts,
      'buffer' | 'events' | 'calendar' | 'updateInterval'
    >,
  ) {}

  /** Tells what is crossed where so much is used. Awaits nothing: where Redis is away, the next call tries again. */
  tell(bound: Bound, used: bigint, now: number): void {
    const { crossings, counter, limit, window } = bound;
    if (crossings === undefined || limit === undefined || used === 0n) return;
    const start = window && spanAt(this.parts.calendar, window, now).start;
    for (const share of crossings.shares) {
      const key = `${counter}\n${share}\n${start ?? ''}`;
      if (used * BigInt(MILLION) < BigInt(Math.round(share * MILLION)) * limit) {
        // given back, and may be crossed again
        this.known.delete(key);
      } else if (!this.known.has(key)) {
        this.remember(key);
        this.claim(bound, crossings, share, { used, limit, start, now }).catch((error: unknown) => {
          const isLasting = error instanceof FastCounterError && LASTING.has(error.code);
          if (isLasting) this.parts.events.rejected(error);
          else this.known.delete(key);
        });
      }
    }
  }

  /** For tests that empty all counters. */
  forget(): void {
    this.known.clear();
  }

  private async claim(
    { counter, window, updateInterval = this.parts.updateInterval }: Bound,
    crossings: Crossings,
    share: number,
    seen: { used: bigint; limit: bigint; start: number | undefined; now: number },
  ): Promise<void> {
    const { buffer, events } = this.parts;
    const { used, limit, start, now } = seen;
    const dimensions = { ...crossings.dimensions, [THRESHOLD]: share };
    const name = meteredName(`${crossings.name}.crossed`, dimensions);
    const once = { max: '1', ...boundTo(window, now) };
    const attempt = buffer.tryAdd({ name, delta: 1 }, updateInterval, once, now);
    void attempt.whenMade().then((isMade) => {
      if (!isMade) return;
      events.emit('quotaCrossed', {
        name: crossings.name,
        dimensions: parseMeteredName(counter).dimensions,
        ...(window && start !== undefined && { window: kindOf(window), start: new Date(start) }),
        ...{ threshold: share, used, limit },
      });
    });
    await attempt.total;
  }

  private remember(key: string): void {
    const [oldest] = this.known;
    if (this.known.size >= MOST_KNOWN && oldest !== undefined) this.known.delete(oldest);
    this.known.add(key);
  }
}

/** To try again would end in the same way. */
const LASTING: ReadonlySet<string> = new Set(['INVALID_COUNTER_NAME', 'INVALID_ARGUMENT']);
