/**
 * When lanes call that call together: as soon as those that called before are answered, so that what comes meanwhile gathers. This
 * is Nagle's algorithm, for calls: a call costs more than what is in it, and a lane that comes alone does not wait.
 *
 * With `linger`, all wait until the first of them has waited for so long.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc896
 */
export class Departures {
  /** Lanes whose call is under way. */
  private underWay = 0;
  private waiting: (() => void)[] = [];
  private timer?: NodeJS.Timeout;

  /** `linger`: in milliseconds. */
  constructor(private readonly linger = 0) {}

  /** Resolves when a lane may call; undefined: now. */
  next(): Promise<void> | undefined {
    if (this.linger > 0) this.timer ??= setTimeout(() => this.leave(), this.linger);
    else if (this.underWay === 0) return undefined;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** A lane makes a call; `end()` is to follow. */
  begin(): void {
    this.underWay++;
  }

  /** The first try of a call has ended. Further ones keep nobody waiting: they may take long. */
  end(): void {
    if (--this.underWay > 0 || this.linger > 0 || this.waiting.length === 0) return;
    // when the callers who were answered have called again
    process.nextTick(() => this.leave());
  }

  /** All who wait may call. */
  leave(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { waiting } = this;
    this.waiting = [];
    for (const goOn of waiting) goOn();
  }
}
