import type { CounterEvents } from '../../events.js';
import { isAway } from '../../incidents/is-away.js';
import { reasonOf } from '../../words/quote.js';

/** How often a server that was away at the start is looked at, in milliseconds. */
const INTERVAL = 1000;

/**
 * Looks whether a server is fit for counts: at the start, or else until it has looked. That a server is away, also one that
 * came back for a moment, says nothing about how it is set up.
 */
export class LateCheck {
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(
    private readonly events: CounterEvents,
    private readonly interval = INTERVAL,
  ) {}

  /** Answers what to warn of; nothing where the server is away, and then it is the event `misconfigured`, later. */
  async look(inspect: () => Promise<string[]>): Promise<string[]> {
    try {
      return await inspect();
    } catch (error) {
      if (!isAway(error)) throw error;
      this.lookLater(inspect);
      return [];
    }
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
  }

  private lookLater(inspect: () => Promise<string[]>): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      inspect().then(
        (warnings) => this.report(warnings),
        (error: unknown) => {
          if (isAway(error)) this.lookLater(inspect);
          else this.report([reasonOf(error)]);
        },
      );
    }, this.interval).unref();
    this.timers.add(timer);
  }

  private report(messages: readonly string[]): void {
    if (this.stopped) return;
    for (const message of messages) this.events.emit('misconfigured', { message });
  }
}
