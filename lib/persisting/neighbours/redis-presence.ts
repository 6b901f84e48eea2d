import type { CounterEvents } from '../../events.js';
import { Repeating } from '../../words/repeating.js';
import type { CounterStore } from '../../database/counter-store.js';
import { mixedModes } from './mixed-modes.js';
import type { Pairing } from './pairing.js';

/** Milliseconds between two notes: other processes see a note for a minute, so two may be lost. */
const INTERVAL = 20_000;
const SUBJECT = 'mixed modes';

/**
 * Notes, in a process with Redis, by which servers it counts, for other processes to see. Tells where an embedded process
 * counts in the same namespace and database.
 */
export class RedisPresence {
  private readonly showing: Repeating;

  constructor(
    private readonly pairing: Pairing,
    private readonly store: Pick<CounterStore, 'embedded'>,
    private readonly namespace: string,
    private readonly events: CounterEvents,
    interval = INTERVAL,
  ) {
    this.showing = new Repeating(
      () => this.show(),
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
