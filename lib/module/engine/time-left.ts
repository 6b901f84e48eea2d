/** Delivering leaves a tenth of the time for closing connections, but at most this, in milliseconds. */
const LONGEST_RESERVE = 1000;

/**
 * The time that shutting down may take, all phases together. The time that the application takes between two phases, as for
 * closing HTTP, does not count.
 */
export class TimeLeft {
  private readonly reserve: number;
  private spent = 0;
  private since?: number;

  constructor(private readonly total: number) {
    this.reserve = Math.min(total / 10, LONGEST_RESERVE);
  }

  begin(): void {
    this.since ??= performance.now();
  }

  pause(): void {
    if (this.since !== undefined) this.spent += performance.now() - this.since;
    this.since = undefined;
  }

  /** Milliseconds that are left. */
  all(): number {
    const running = this.since === undefined ? 0 : performance.now() - this.since;
    return Math.max(0, this.total - this.spent - running);
  }

  /** Milliseconds that are left for delivering: the rest is for closing. */
  forDelivery(): number {
    return Math.max(0, this.all() - this.reserve);
  }
}
