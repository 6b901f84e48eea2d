import { BackpressureError, InvalidArgumentError } from '../../errors.js';
import type { CounterEvents } from '../../events.js';

/** When a full buffer is worth another try, in milliseconds. */
const RETRY_AFTER = 1000;
/** An incident is over when nothing was refused for this long, in milliseconds. */
const QUIET = 10_000;

/**
 * The places of a buffer. What does not fit is refused. Under load a full buffer has room again and again: all of that is
 * one incident, told once.
 */
export class Slots {
  private used = 0;
  private incident?: { since: Date; last: number };

  constructor(
    readonly limit: number,
    private readonly events: CounterEvents,
  ) {}

  get taken(): number {
    return this.used;
  }

  /** Since when increments are refused for want of room. */
  get refusingSince(): Date | undefined {
    const { incident } = this;
    return incident && performance.now() - incident.last < QUIET ? incident.since : undefined;
  }

  /** Throws `BackpressureError` unless at least this many are free; `InvalidArgumentError` where there are not so many. */
  expectFree(slots: number): void {
    if (slots > this.limit) {
      throw new InvalidArgumentError(
        `One call has ${slots} counters, and the buffer has ${this.limit} places (option maxBufferedNames): split the call`,
      );
    }
    if (this.used + slots > this.limit) throw this.refusal();
  }

  /** Also where none is free. */
  take(slots: number): void {
    this.used += slots;
  }

  release(slots: number): void {
    this.used -= slots;
  }

  private refusal(): BackpressureError {
    const last = performance.now();
    if (this.refusingSince === undefined) {
      this.incident = { since: new Date(), last };
      this.events.emit('backpressure', { limit: this.limit });
    } else if (this.incident) this.incident.last = last;
    return new BackpressureError(this.limit, RETRY_AFTER);
  }
}
