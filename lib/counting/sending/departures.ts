/** Entries of a lane that wait for its call. */
interface Entries {
  readonly length: number;
}

interface Waiting {
  entries: Entries;
  goOn: () => void;
}

/** How long entries gather at most while each turn of the event loop brings more, in milliseconds. */
const GATHERING = 1;

/**
 * When lanes call that call together: as soon as those that called before are answered, so that what comes meanwhile gathers. This
 * is Nagle's algorithm, for calls: a call costs more than what is in it, and a lane that comes alone does not wait.
 *
 *     nobody waits ──a lane comes, and a call is under way──► waiting ──answered──► gathering ──a turn brought nothing──► all call
 *          │                                                                      ▲  └─ more has come: another turn, up to 1 ms
 *          ├──a lane comes, and the last ones were several────────────────────────┘
 *          └──a lane comes that is alone: it calls at once
 *
 * A process that has requests to read loses nothing by reading them first.
 *
 * With `linger`, all wait until the first of them has waited for so long.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc896
 */
export class Departures {
  /** Lanes whose call is under way. */
  private underWay = 0;
  private waiting: Waiting[] = [];
  private timer?: NodeJS.Timeout;
  private gathering = false;
  /** Entries that left together the last time. */
  private leftLast = 0;

  /** `linger`: in milliseconds. */
  constructor(private readonly linger = 0) {}

  /** Resolves when a lane with these entries may call; undefined: now. */
  next(entries: Entries): Promise<void> | undefined {
    if (this.linger > 0) this.timer ??= setTimeout(() => this.leave(), this.linger);
    else if (this.underWay === 0) {
      if (this.leftLast <= 1 && !this.gathering) return undefined;
      this.gather();
    }
    return new Promise((goOn) => this.waiting.push({ entries, goOn }));
  }

  /** A lane makes a call; `end()` is to follow. */
  begin(): void {
    this.underWay++;
  }

  /** The first try of a call has ended. Further ones keep nobody waiting: they may take long. */
  end(): void {
    if (--this.underWay === 0 && this.linger === 0 && this.waiting.length > 0) this.gather();
  }

  /** All who wait may call. */
  leave(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.gathering = false;
    const { waiting } = this;
    this.waiting = [];
    this.leftLast = sizeOf(waiting);
    for (const { goOn } of waiting) goOn();
  }

  private gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    // when the callers who were answered have called again
    this.lookAfterThisTurn(0, performance.now() + GATHERING);
  }

  private lookAfterThisTurn(before: number, end: number): void {
    setImmediate(() => {
      // somebody did not want to wait
      if (!this.gathering) return;
      const size = sizeOf(this.waiting);
      if (size > before && performance.now() < end) this.lookAfterThisTurn(size, end);
      else this.leave();
    });
  }
}

const sizeOf = (waiting: readonly Waiting[]): number =>
  waiting.reduce((sum, { entries }) => sum + entries.length, 0);
