import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { CounterCache } from '../cache/counter-cache.js';
import { VERSION } from '../version.js';

/** Milliseconds between two beats: three of them fit into the time after which a worker is missed. */
const INTERVAL = 10_000;

/** Shows the others that this process persists, and takes that back when it ends. */
export class WorkerBeat {
  private readonly id = randomUUID();
  private readonly details = { host: hostname(), pid: process.pid, version: VERSION };
  private timer?: NodeJS.Timeout;
  private beating: Promise<unknown> = Promise.resolve();
  private stopped = false;
  /** Whether the last beat came to the others. */
  private shown = false;

  constructor(
    private readonly cache: CounterCache,
    private readonly interval = INTERVAL,
  ) {}

  start(): void {
    this.beating = this.beat().finally(() => {
      if (!this.stopped) this.timer = setTimeout(() => this.start(), this.interval).unref();
    });
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.beating;
    // a Redis that is away is not waited for: who is silent is missed, and forgotten
    if (this.shown) await this.cache.beat(this.id).catch(() => undefined);
  }

  /** Never rejects: that Redis is away is told by what persists. */
  private async beat(): Promise<void> {
    this.shown = await this.cache.beat(this.id, this.details).then(
      () => true,
      () => false,
    );
  }
}
