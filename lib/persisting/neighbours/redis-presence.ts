import type { CounterEvents } from '../../events.js';
import { Repeating } from '../../words/repeating.js';
import type { CounterStore } from '../../database/counter-store.js';
import { mixedModes } from './mixed-modes.js';
import type { Pairing } from './pairing.js';

/** Milliseconds between two notes: other processes see a note for a minute, so two may be lost. */
const INTERVAL = 20_000;
/** Rounds of each process at its start: two processes that start at the same moment see one another in the second. */
const FIRST = 2;
/** From then on, a process that is spared does one of this number of rounds. */
const SPARED = 9;
const SUBJECT = 'mixed modes';

interface Pace {
  /** Whether another process of this deployment notes the servers at each interval. */
  isSpared?: () => boolean;
  interval?: number;
}

/**
 * Notes, in a process with Redis, by which servers it counts, for other processes to see. Tells where an embedded process
 * counts in the same namespace and database.
 *
 * The process that sweeps notes the servers for all; the others do it now and then, as their servers may be others than they
 * should be. A process that has found something looks as often as the one that sweeps, until that has ended.
 */
export class RedisPresence {
  private readonly showing: Repeating;
  private rounds = 0;
  /** Rounds that were left out since the last one. */
  private leftOut = 0;

  constructor(
    private readonly pairing: Pairing,
    private readonly store: Pick<CounterStore, 'embedded'>,
    private readonly namespace: string,
    private readonly events: CounterEvents,
    private readonly pace: Pace = {},
  ) {
    const { interval = INTERVAL } = pace;
    this.showing = new Repeating(
      () => this.showUnlessSpared(),
      () => interval,
    );
  }

  start(): void {
    this.showing.start();
  }

  /** Resolves when the round under way has ended. */
  stop(): Promise<unknown> {
    return this.showing.stop();
  }

  /** Outdates the notes, if no other process wrote them too. Never rejects. */
  leave(): Promise<void> {
    return this.pairing.leave();
  }

  private async showUnlessSpared(): Promise<void> {
    const mayRest = this.rounds >= FIRST && this.pace.isSpared?.() === true && !this.hasFound();
    if (mayRest && ++this.leftOut < SPARED) return;
    this.rounds++;
    this.leftOut = 0;
    await this.show();
  }

  private hasFound(): boolean {
    const { misconfigurations } = this.events;
    return [SUBJECT, ...this.pairing.subjects].some((it) => misconfigurations.isTold(it));
  }

  /** Never rejects: persisting tells an outage. */
  private async show(): Promise<void> {
    await this.pairing.note();
    const { misconfigurations, silences } = this.events;
    const looked = silences.database.watch(this.store.embedded());
    const embedded = await looked.catch(() => undefined);
    if (embedded === undefined) return;
    if (embedded.length === 0) misconfigurations.mended(SUBJECT);
    else misconfigurations.tell(SUBJECT, mixedModes('redis', this.namespace));
  }
}
