import { microtask, realTimers } from '../../real-timers.js';

/**
 * When calls that gather leave:
 *
 *     nobody waits ──a call comes alone──────────────────► waiting ──promises of this turn have gone on──► all leave
 *          └──others are under way, or several left last──► waiting ──the turn of the event loop is over──► all leave
 *
 * A call that is alone loses no time: a client writes what it was given when the turn is over. Where calls come by the
 * dozen, one turn more brings those of the requests that came together.
 */
export class Turn {
  private waiting = 0;
  private underWay = 0;
  /** Calls that left together the last time. */
  private leftLast = 0;

  constructor(private readonly leave: () => void) {}

  /** Has `leave` called soon. */
  join(): void {
    if (++this.waiting > 1) return;
    if (this.underWay > 0 || this.leftLast > 1) realTimers.immediate(() => this.go());
    // behind the promises that go on by now, and by them
    else microtask(() => realTimers.tick(() => this.go()));
  }

  /** Makes a call that leaves; it is under way until it is answered. */
  async make<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    this.underWay++;
    try {
      return await call();
    } finally {
      this.underWay--;
    }
  }

  private go(): void {
    this.leftLast = this.waiting;
    this.waiting = 0;
    this.leave();
  }
}
