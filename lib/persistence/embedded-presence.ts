import type { CounterEvents } from '../events.js';
import type { OwnLedger } from './counter-store.js';

/** Milliseconds between two looks: two of them fit into the minute in which others are seen. */
const INTERVAL = 30_000;
/** The second look comes early: of processes that start together none has written anything at the first one. */
const EARLY = 5_000;
/** Ledgers of ended processes are removed at the first look, and at every twentieth: each ten minutes. */
const REMOVAL = 20;

/**
 * Shows other embedded processes that this one runs, and looks whether others do: embedded, each process has its own
 * pending counts, so two of them read too little and bound too little. It also removes what ended processes left.
 */
export class EmbeddedPresence {
  private timer?: NodeJS.Timeout;
  private running: Promise<unknown> = Promise.resolve();
  private stopped = false;
  private looks = 0;
  /** Other ledgers of the last look, and when they were written. */
  private others: ReadonlyMap<string, string> = new Map();
  private told: 'nothing' | 'possible' | 'certain' = 'nothing';

  constructor(
    private readonly ledger: OwnLedger,
    private readonly events: CounterEvents,
    private readonly interval = INTERVAL,
  ) {}

  start(): void {
    this.running = this.look()
      // an outage is told by what persists; the next look makes up for it
      .catch(() => undefined)
      .finally(() => {
        if (this.stopped) return;
        const delay = this.looks === 1 ? Math.min(EARLY, this.interval) : this.interval;
        this.timer = setTimeout(() => this.start(), delay).unref();
      });
  }

  /** Resolves when the look under way has ended. */
  stop(): Promise<unknown> {
    this.stopped = true;
    clearTimeout(this.timer);
    return this.running;
  }

  /** After the last batch: a process that starts next does not take this one for a running one. Never rejects. */
  async leave(): Promise<void> {
    // rows that stay are removed by age
    await this.ledger.remove().catch(() => undefined);
  }

  private async look(): Promise<void> {
    const removes = this.looks++ % REMOVAL === 0;
    const others = await this.ledger.touch();
    this.tell(others);
    // not watched: without the right to delete, counting goes on
    if (removes && !this.stopped) await this.ledger.removeAbandoned().catch(() => undefined);
  }

  private tell(others: ReadonlyMap<string, string>): void {
    const before = this.others;
    this.others = others;
    if (others.size === 0) {
      this.told = 'nothing';
      return;
    }
    const certain = [...others].some(([ledger, written]) => {
      const last = before.get(ledger);
      return last !== undefined && last !== written;
    });
    if (this.told === 'certain' || (this.told === 'possible' && !certain)) return;
    this.told = certain ? 'certain' : 'possible';
    this.events.emit('embeddedOverlap', { others: others.size, certain });
  }
}
