import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { CounterCache } from '../cache/counter-cache.js';
import type { Silence } from '../incidents/silence.js';
import { VERSION } from '../version.js';
import { Repeating } from '../words/repeating.js';

/** Milliseconds between two beats: three of them fit into the time after which a worker is missed. */
const INTERVAL = 10_000;

/** Shows the others that this process persists, and takes that back when it ends. */
export class WorkerBeat {
  private readonly id = randomUUID();
  private readonly details = { host: hostname(), pid: process.pid, version: VERSION };
  private readonly beating: Repeating;
  /** Whether the last beat came to the others. */
  private shown = false;

  constructor(
    private readonly cache: CounterCache,
    private readonly silence: Silence,
    private readonly interval = INTERVAL,
  ) {
    this.beating = new Repeating(
      () => this.beat(),
      () => this.interval,
    );
  }

  start(): void {
    this.beating.start();
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    await this.beating.stop();
    // a Redis that is away is not waited for: who is silent is missed, and forgotten
    if (this.shown) await this.cache.beat(this.id).catch(() => undefined);
  }

  /** Never rejects: that Redis is away is told by what persists. */
  private async beat(): Promise<void> {
    const beat = this.silence.watch(this.cache.beat(this.id, this.details));
    this.shown = await beat.then(
      () => true,
      () => false,
    );
  }
}
