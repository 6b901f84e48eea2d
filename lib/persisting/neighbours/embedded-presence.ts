import { Repeating } from '../../words/repeating.js';
import type { CounterEvents } from '../../events.js';
import { tellingRefusals } from '../../database/telling-refusals.js';
import type { OwnLedger } from '../../database/counter-store.js';

/** Milliseconds between two looks: another process is seen for a minute, so one look may be lost. */
const INTERVAL = 30_000;
/** Milliseconds before the second look: processes that start together see one another only then. */
const EARLY = 5_000;
/** Ledgers of processes that ended are removed at the first look, and at every twentieth: every ten minutes. */
const REMOVAL = 20;

const WITHOUT_LOOK =
  'Whether other processes count here as well cannot be seen: the role needs SELECT and UPDATE on fast_counter_ledger';
const WITHOUT_REMOVAL =
  'Rows of embedded processes that ended cannot be removed, and stay: the role needs DELETE on fast_counter_ledger';

/**
 * Shows other embedded processes that this one runs, and looks whether others do. Each embedded process has pending counts of its
 * own, so with two of them totals are too low, and bounds let too much through. It also removes ledgers of processes that ended.
 */
export class EmbeddedPresence {
  private readonly looking: Repeating;
  private looks = 0;
  /** Whether the database refused the last removal: then each look removes. */
  private refused = false;
  /** Ledgers of other processes at the last look, each with a text that changes when it is written. */
  private others: ReadonlyMap<string, string> = new Map();
  private told: 'nothing' | 'possible' | 'certain' = 'nothing';
  private certainSince = new Date();

  constructor(
    private readonly ledger: OwnLedger,
    private readonly events: CounterEvents,
    interval = INTERVAL,
  ) {
    // a look that failed is made up for by the next one
    this.looking = new Repeating(
      () => this.look(),
      () => (this.looks === 1 ? Math.min(EARLY, interval) : interval),
    );
  }

  /** How many other processes certainly count here as well, and since when. */
  get overlap(): { others: number; since: Date } | undefined {
    if (this.told !== 'certain') return undefined;
    return { others: this.others.size, since: this.certainSince };
  }

  start(): void {
    this.looking.start();
  }

  /** Resolves when the look under way has ended. */
  stop(): Promise<unknown> {
    return this.looking.stop();
  }

  /** Removes the ledger after the last batch, so that the next process does not take this one for running. Never rejects. */
  async leave(): Promise<void> {
    // other processes remove rows that stay, in seven days
    await this.ledger.remove().catch(() => undefined);
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    const removes = this.looks++ % REMOVAL === 0 || this.refused;
    const { database } = this.events.silences;
    await tellingRefusals(this.events, WITHOUT_LOOK, async () =>
      this.tell(await database.watch(this.ledger.touch())),
    );
    if (!removes || this.looking.stopped) return;
    this.refused = await tellingRefusals(this.events, WITHOUT_REMOVAL, () =>
      this.ledger.removeAbandoned(),
    );
  }

  private tell(others: ReadonlyMap<string, string>): void {
    const before = this.others;
    this.others = others;
    if (others.size === 0) {
      if (this.told !== 'nothing') {
        const { end } = this.events.lines.of('FC-EMBEDDED-OVERLAP');
        end('No other process is seen in this namespace any more: this one counts alone');
      }
      this.told = 'nothing';
      return;
    }
    const certain = [...others].some(([ledger, written]) => {
      const last = before.get(ledger);
      return last !== undefined && last !== written;
    });
    if (this.told === 'certain' || (this.told === 'possible' && !certain)) return;
    this.told = certain ? 'certain' : 'possible';
    if (certain) this.certainSince = new Date();
    this.events.emit('embeddedOverlap', { others: others.size, certain });
  }
}
