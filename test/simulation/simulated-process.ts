import type { CacheSource } from '../../lib/cache/cache-source.js';
import { CounterService } from '../../lib/counting/counter.service.js';
import { CounterEvents } from '../../lib/events.js';
import { CounterEngine } from '../../lib/module/engine/counter-engine.js';
import type { ResolvedOptions } from '../../lib/module/options/resolve-options.js';
import type { CounterCache } from '../../lib/cache/counter-cache.js';
import type { CounterStore } from '../../lib/database/counter-store.js';
import type { PersistQueue } from '../../lib/queue/persist-queue.js';
import type { Stage } from './stage.js';
import type { Owner } from './virtual-time.js';

export interface Ports {
  cache: CounterCache;
  store: CounterStore;
  queue: PersistQueue;
}

/** The cache is given: nobody asks where it came from. */
const NO_SOURCE: CacheSource = {
  kind: 'redis',
  connect: () => {
    throw new Error('The simulation has no connections');
  },
};

/** One process of the application: the shipped engine and service on simulated ports. */
export class SimulatedProcess implements Owner {
  alive = true;
  stopping = false;
  pausedUntil = 0;
  readonly events = new CounterEvents();
  /** What its servers notice when it is gone. */
  readonly onEnd = new Set<() => void>();
  /** Steps and sends until it crashes. */
  stepsLeft = Infinity;
  engine!: CounterEngine;
  service!: CounterService;

  constructor(
    private readonly stage: Stage,
    readonly name: string,
    readonly options: ResolvedOptions,
  ) {}

  /** To be called in a step of this process: its timers are to end with it. */
  start(ports: Ports): void {
    this.stage.note(() => `starts${this.options.workers ? '' : ' without workers'}`);
    const { cache, store, queue } = ports;
    const { events } = this;
    this.engine = new CounterEngine(this.options, {
      cache,
      store,
      queue,
      events,
      source: NO_SOURCE,
    });
    this.service = new CounterService(this.engine.parts);
    this.engine.check().then(
      () => this.engine.start(),
      (error: unknown) => this.stage.time.fail(error),
    );
  }

  get ready(): boolean {
    return this.alive && !this.stopping;
  }

  /** False when it dies at this very call, which is not sent. */
  maySend(): boolean {
    return this.alive && this.beforeStep();
  }

  beforeStep(): boolean {
    if (--this.stepsLeft > 0) return true;
    this.crash();
    return false;
  }

  crash(): void {
    if (!this.alive) return;
    this.stage.fault('process crashed');
    this.stage.note(() => `CRASH of ${this.name}`);
    this.end();
  }

  pause(milliseconds: number): void {
    this.stage.fault('process stopped for a while');
    this.stage.note(() => `${this.name} stands still for ${milliseconds.toFixed(0)} ms`);
    this.pausedUntil = this.stage.time.now + milliseconds;
  }

  /** Ends as told by the operator: resolves when it is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.stage.fault('process shut down');
    this.stage.note(() => 'shuts down');
    await this.engine.stop();
    this.end();
  }

  private end(): void {
    this.alive = false;
    for (const hook of this.onEnd) hook();
    this.onEnd.clear();
  }
}
