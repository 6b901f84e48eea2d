import { type CountWindow, WINDOWS } from '../words/bucket-name.js';
import { pause, spread } from '../words/back-off.js';
import { Repeating } from '../words/repeating.js';
import type { Calendar } from '../windows/calendar.js';
import type { CounterEvents } from '../events.js';
import { chore } from '../database/chore.js';
import type { CounterStore } from '../database/counter-store.js';

/** Rows in one step, and the pause behind it in milliseconds: deleting must not be felt. */
const STEP = 1000;
const PAUSE = 50;
const INTERVAL = 600_000;
/** What was refused is tried again sooner: it is a problem until it is done. */
const REFUSED = 60_000;

const WITHOUT_RIGHT =
  'What was counted in windows that ended cannot be removed, and stays: the role needs DELETE on fast_counter_bucket';

/** Removes what was counted in windows that ended longer ago than they are kept, in small steps. */
export class BucketExpiry {
  /** The next time makes up for what failed. */
  private readonly expiring = new Repeating(
    () => this.expireIfAllowed(),
    () => this.pause(),
  );
  private refused = false;

  constructor(
    private readonly store: CounterStore,
    private readonly events: CounterEvents,
    private readonly calendar: Calendar,
    /** From the end of a window on, in milliseconds; 0 is forever. */
    private readonly retention: Readonly<Record<CountWindow, number>>,
  ) {}

  start(): void {
    this.expiring.startLater();
  }

  /** Resolves when the step under way has ended. */
  stop(): Promise<unknown> {
    return this.expiring.stop();
  }

  /** Answers how many there were; another process that is at it is left to it. */
  async expire(now = Date.now()): Promise<number> {
    let expired = 0;
    for (const window of WINDOWS.filter((it) => this.retention[it] > 0)) {
      // windows follow one another: those that begin before this one have ended
      const oldest = this.calendar.spanOf(window, now - this.retention[window]);
      const before = new Date(oldest.start);
      for (let step: number | undefined = STEP; step === STEP && !this.expiring.stopped;) {
        step = await this.store.expire(window, before, STEP, new Date(now));
        expired += step ?? 0;
        if (step === STEP) await pause(PAUSE);
      }
    }
    return expired;
  }

  /** Never rejects. */
  async expireIfAllowed(): Promise<void> {
    this.refused = await chore(this.events, WITHOUT_RIGHT, () => this.expire());
  }

  /** Milliseconds until the next time. */
  pause(): number {
    // processes that started together must not come together
    return spread(this.refused ? REFUSED : INTERVAL, 0.5, 1.5);
  }
}
