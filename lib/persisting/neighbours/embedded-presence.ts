import { Repeating } from '../../words/repeating.js';
import type { CounterEvents } from '../../events.js';
import { chore } from '../../database/chore.js';
import type { OwnLedger } from '../../database/counter-store.js';

/** Milliseconds between two looks: two of them fit into the minute in which others are seen. */
const INTERVAL = 30_000;
/** The second look comes early: of processes that start together none has written anything at the first one. */
const EARLY = 5_000;
/** Ledgers of ended processes are removed at the first look, and at every twentieth: each ten minutes. */
const REMOVAL = 20;

const WITHOUT_LOOK =
  'Whether other processes count here as well cannot be seen: the role needs SELECT and UPDATE on fast_counter_ledger';
const WITHOUT_REMOVAL =
  'Rows of embedded processes that ended cannot be removed, and stay: the role needs DELETE on fast_counter_ledger';

/**
 * Shows other embedded processes that this one runs, and looks whether others do: embedded, each process has its own
 * pending counts, so two of them read too little and bound too little. It also removes what ended processes left.
 */
export class EmbeddedPresence {
  private readonly looking: Repeating;
  private looks = 0;
  /** Whether the database refused the last removal: then each look tries again. */
  private refused = false;
  /** Other ledgers of the last look, and when they were written. */
  private others: ReadonlyMap<string, string> = new Map();
  private told: 'nothing' | 'possible' | 'certain' = 'nothing';
  private certainSince = new Date();

  constructor(
    private readonly ledger: OwnLedger,
    private readonly events: CounterEvents,
    interval = INTERVAL,
  ) {
    // the next look makes up for one that failed
    this.looking = new Repeating(
      () => this.look(),
      () => (this.looks === 1 ? Math.min(EARLY, interval) : interval),
    );
  }

  /** Others that certainly count here as well. */
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

  /** After the last batch: a process that starts next does not take this one for a running one. Never rejects. */
  async leave(): Promise<void> {
    // rows that stay are removed by age
    await this.ledger.remove().catch(() => undefined);
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    const removes = this.looks++ % REMOVAL === 0 || this.refused;
    const { database } = this.events.silences;
    await chore(this.events, WITHOUT_LOOK, async () =>
      this.tell(await database.watch(this.ledger.touch())),
    );
    if (!removes || this.looking.stopped) return;
    this.refused = await chore(this.events, WITHOUT_REMOVAL, () => this.ledger.removeAbandoned());
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
    if (certain) this.certainSince = new Date();
    this.events.emit('embeddedOverlap', { others: others.size, certain });
  }
}
