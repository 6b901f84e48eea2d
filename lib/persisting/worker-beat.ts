import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { CounterCache } from '../cache/counter-cache.js';
import type { Silence } from '../incidents/silence.js';
import { VERSION } from '../version.js';
import { Repeating } from '../words/repeating.js';

/** Milliseconds between two beats: a worker is missed after three. */
const INTERVAL = 10_000;

/** Tells other processes every ten seconds that this one persists, and when it ends. */
export class WorkerBeat {
  private readonly id = randomUUID();
  private readonly details = { host: hostname(), pid: process.pid, version: VERSION };
  private readonly beating: Repeating;
  /** Whether Redis took the last beat. */
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
    // a Redis that is away is not waited for: it forgets a worker that says nothing any more
    if (this.shown) await this.cache.beat(this.id).catch(() => undefined);
  }

  /** Never rejects: persisting tells that Redis is away. */
  private async beat(): Promise<void> {
    const beat = this.silence.watch(this.cache.beat(this.id, this.details));
    this.shown = await beat.then(
      () => true,
      () => false,
    );
  }
}
