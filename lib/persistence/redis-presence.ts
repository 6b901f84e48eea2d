import type { CounterEvents } from '../events.js';
import type { RedisMark } from './counter-store.js';
import { mixedModes } from './mixed-modes.js';

/** Milliseconds between two times: two of them fit into the minute in which others see it. */
const INTERVAL = 30_000;
const SUBJECT = 'mixed modes';

/** Shows embedded processes that one with Redis runs, and tells of those that came to run beside it. */
export class RedisPresence {
  private timer?: NodeJS.Timeout;
  private running: Promise<unknown> = Promise.resolve();
  private stopped = false;
  /** Whether the mark is there. */
  private shown = false;

  constructor(
    private readonly mark: RedisMark,
    private readonly namespace: string,
    private readonly events: CounterEvents,
    private readonly interval = INTERVAL,
  ) {}

  start(): void {
    this.running = this.show().finally(() => {
      if (!this.stopped) this.timer = setTimeout(() => this.start(), this.interval).unref();
    });
  }

  /** Resolves when what is under way has ended. */
  stop(): Promise<unknown> {
    this.stopped = true;
    clearTimeout(this.timer);
    return this.running;
  }

  /** Takes the mark back; others that run put it there again. Never rejects. */
  async leave(): Promise<void> {
    // one that stays is not seen any more after a minute
    if (this.shown) await this.mark.remove().catch(() => undefined);
  }

  /** Never rejects: an outage is told by what persists. */
  private async show(): Promise<void> {
    try {
      const embedded = await this.mark.show();
      this.shown = true;
      const { misconfigurations } = this.events;
      if (embedded.length === 0) misconfigurations.mended(SUBJECT);
      else misconfigurations.tell(SUBJECT, mixedModes('redis', this.namespace));
    } catch {
      this.shown = false;
    }
  }
}
