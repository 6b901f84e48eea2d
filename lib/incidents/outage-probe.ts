import type { OperationClass, Outages } from './outages.js';

/** Milliseconds between two tries. */
const INTERVAL = 1000;

/**
 * Tries again what failed, so that an outage ends when it is over, also where the application asks for nothing more:
 * an increment repeats itself until its outcome is known, and a read does not.
 */
export class OutageProbe {
  private timer?: NodeJS.Timeout;
  /** Places where a try is under way. */
  private readonly underWay = new Set<string>();

  constructor(
    private readonly outages: Outages,
    private readonly of: OperationClass,
    /** Reports itself how it ends. */
    private readonly retry: (place: string) => Promise<unknown>,
    private readonly interval = INTERVAL,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.retryAll(), this.interval).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private retryAll(): void {
    for (const place of this.outages.placesOf(this.of)) {
      if (this.underWay.has(place)) continue;
      this.underWay.add(place);
      const ended = (): boolean => this.underWay.delete(place);
      this.retry(place).then(ended, ended);
    }
  }
}
