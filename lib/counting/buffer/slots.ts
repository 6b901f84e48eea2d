import { BackpressureError } from '../../errors.js';
import type { CounterEvents } from '../../events.js';

/** When a full buffer is worth another try, in milliseconds. */
const RETRY_AFTER = 1000;
/** An incident is over when nothing was refused for so many milliseconds. */
const QUIET = 10_000;

/** Refuses what does not fit. Under load a full buffer has room again and again: all of that is one incident, told once. */
export class Backpressure {
  private incident?: { since: Date; last: number };

  constructor(
    private readonly limit: number,
    private readonly events: CounterEvents,
  ) {}

  refusal(): BackpressureError {
    const last = performance.now();
    if (this.since === undefined) {
      this.incident = { since: new Date(), last };
      this.events.emit('backpressure', { limit: this.limit });
    } else if (this.incident) this.incident.last = last;
    return new BackpressureError(this.limit, RETRY_AFTER);
  }

  /** When the incident began that lasts. */
  get since(): Date | undefined {
    const { incident } = this;
    return incident && performance.now() - incident.last < QUIET ? incident.since : undefined;
  }
}
