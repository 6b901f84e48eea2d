import type { CounterEvents } from '../../events.js';
import { isAway } from '../../incidents/is-away.js';
import { reasonOf } from '../../words/quote.js';

/** Milliseconds between two looks at a server that was away at the start. */
const AWAY = 1000;
/** Milliseconds between two looks at a server with which something was wrong. */
const FOUND = 60_000;

/** One look at a server. Answers what to warn of; rejects where this process must not count, or where the server is away. */
export type Inspect = () => Promise<string[]>;

/**
 * Looks whether a server is fit for counts, at the start. A server that is away is looked at again until it answers, and one
 * with which something was wrong until that is mended:
 *
 *     looking ──nothing found──► done
 *        ▲ └────something found──► found: a problem ──pause──► looking
 *        └── pause ◄── away
 */
export class LateCheck {
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;
  private resting = false;

  constructor(
    private readonly events: CounterEvents,
    private readonly pauses = { away: AWAY, found: FOUND },
  ) {}

  /** The first look. Answers what to warn of. Where the server is away there is nothing yet: what a later look finds is the event `misconfigured`. */
  async look(inspect: Inspect): Promise<string[]> {
    try {
      const found = await inspect();
      for (const message of found) this.events.misconfigurations.note(message, message);
      if (found.length > 0) this.lookLater(inspect, found);
      return found;
    } catch (error) {
      if (!isAway(error)) throw error;
      this.lookLater(inspect, []);
      return [];
    }
  }

  /** Looks no more, as a look opens connections, until `goOn()`. */
  rest(): void {
    this.resting = true;
  }

  goOn(): void {
    this.resting = false;
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
  }

  private lookLater(inspect: Inspect, before: readonly string[]): void {
    if (this.stopped) return;
    const { away, found } = this.pauses;
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        if (this.resting) {
          this.lookLater(inspect, before);
          return;
        }
        inspect().then(
          (now) => this.compare(inspect, before, now),
          (error: unknown) => {
            if (isAway(error)) this.lookLater(inspect, before);
            else this.compare(inspect, before, [reasonOf(error)]);
          },
        );
      },
      before.length > 0 ? found : away,
    ).unref();
    this.timers.add(timer);
  }

  private compare(inspect: Inspect, before: readonly string[], now: readonly string[]): void {
    if (this.stopped) return;
    const { misconfigurations } = this.events;
    for (const message of before) if (!now.includes(message)) misconfigurations.mended(message);
    for (const message of now) misconfigurations.tell(message, message);
    if (now.length > 0) this.lookLater(inspect, now);
  }
}
