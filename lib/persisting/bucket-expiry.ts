import { type BucketWindow, type CountWindow, WINDOWS } from '../words/bucket-name.js';
import { pause, spread } from '../words/back-off.js';
import { Repeating } from '../words/repeating.js';
import type { Calendar } from '../windows/calendar.js';
import type { CounterEvents } from '../events.js';
import { tellingRefusals } from '../database/telling-refusals.js';
import type { CounterStore } from '../database/counter-store.js';

/** Rows that one step removes, and milliseconds between two steps: other statements must not be slowed down. */
const STEP = 1000;
const PAUSE = 50;
const DAY = 86_400_000;
/** The longest window whose date is that of its row, in any time zone: clocks are ahead of UTC or behind it, and dates are left out. */
const LONGEST = { day: 3 * DAY, week: 9 * DAY, month: 33 * DAY };
/** Milliseconds between two rounds, on average. */
const INTERVAL = 600_000;
/** The same after a round that the database refused: a problem lasts until one succeeds. */
const REFUSED = 60_000;

const WITHOUT_RIGHT =
  'What was counted in windows that ended cannot be removed, and stays: the role needs DELETE on fast_counter_bucket';

/** Removes buckets of windows that ended longer ago than `windows.retention`, in small steps. */
export class BucketExpiry {
  /** A round that failed is made up for by the next one. */
  private readonly expiring = new Repeating(
    () => this.expireIfAllowed(),
    () => this.nextPause(),
  );
  private refused = false;

  constructor(
    private readonly store: CounterStore,
    private readonly events: CounterEvents,
    private readonly calendar: Calendar,
    /** Milliseconds for which buckets are kept after the end of their window; 0 is forever. */
    private readonly retention: Readonly<Record<CountWindow, number>>,
    /** Whether another process removes them. */
    private readonly isSpared: () => boolean = () => false,
  ) {}

  start(): void {
    this.expiring.startLater();
  }

  /** Resolves when the round under way has ended. */
  stop(): Promise<unknown> {
    return this.expiring.stop();
  }

  /** One round. Answers how many buckets it removed; does nothing while another process is removing them. */
  async expire(now = Date.now()): Promise<number> {
    let expired = 0;
    for (const window of WINDOWS.filter((it) => this.retention[it] > 0)) {
      const ended = now - this.retention[window];
      // windows follow one another, so every earlier one ended before this one began
      const { start } = this.calendar.spanOf(window, ended);
      expired += await this.expireBefore(window, start, now);
      if (window === 'day' || window === 'week' || window === 'month') {
        expired += await this.expireBefore(`${window}*`, ended - LONGEST[window], now);
      }
    }
    return expired;
  }

  private async expireBefore(window: BucketWindow, start: number, now: number): Promise<number> {
    let expired = 0;
    for (let step: number | undefined = STEP; step === STEP && !this.expiring.stopped;) {
      step = await this.store.expire(window, new Date(start), STEP, new Date(now));
      expired += step ?? 0;
      if (step === STEP) await pause(PAUSE);
    }
    return expired;
  }

  /** Never rejects. */
  async expireIfAllowed(): Promise<void> {
    // a problem lasts until a round succeeds
    if (this.isSpared() && !this.refused) return;
    this.refused = await tellingRefusals(this.events, WITHOUT_RIGHT, () => this.expire());
  }

  /** Milliseconds until the next round. */
  nextPause(): number {
    // random, so that processes which started together do not keep step
    return spread(this.refused ? REFUSED : INTERVAL, 0.5, 1.5);
  }
}
