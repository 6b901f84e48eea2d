import type { CounterEvents } from '../../events.js';
import { Repeating } from '../../words/repeating.js';
import type { CounterStore } from '../../database/counter-store.js';
import { mixedModes } from './mixed-modes.js';
import type { Pairing } from './pairing.js';

/** Milliseconds between two times: three of them fit into the minute in which others see it. */
const INTERVAL = 20_000;
const SUBJECT = 'mixed modes';

/** Shows others by which servers a process with Redis counts, and tells of embedded processes that came to run beside it. */
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

  /** Resolves when what is under way has ended. */
  stop(): Promise<unknown> {
    return this.showing.stop();
  }

  /** What is shown is taken back, if no others run. Never rejects. */
  leave(): Promise<void> {
    return this.pairing.leave();
  }

  /** Never rejects: an outage is told by what persists. */
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
