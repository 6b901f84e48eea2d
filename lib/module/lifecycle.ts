import { CounterService } from '../counting/counter.service.js';
import type { CounterEvents } from '../events.js';
import type { CallMeter } from '../metering/meter/call-meter.js';
import type { CounterEngine } from './engine/counter-engine.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { undefinedRedis } from './options/undefined-redis.js';

/** Milliseconds after which hooks are missed: long enough for main() to call enableShutdownHooks() after listening. */
const HOOKS_CHECK = 5000;
/** Milliseconds between two times that connections without use are closed, while the start goes on. */
const REST = 1000;
const EMBEDDED =
  'Counting embedded: pending counts live in the memory of this process until they are persisted';

/**
 * What happens between the start and the end of an application:
 *
 *     made ──check──► checked ──begin──► begun ──settle──► settled ──stop──► stopped
 *       │ where the hooks of Nest do not come: begun some seconds after something was counted or read
 *       └ where a test has put a double in the place of the `CounterService`: the same, as long as nothing is counted
 */
export class Lifecycle {
  /** Until the start is over, closes connections without use; where hooks do not come, looks for that. */
  private hooksTimer: NodeJS.Timeout;
  private hooksCame = false;
  /** Whether counters were used without hooks at the last look: a start may use counters before its hooks come. */
  private wasNeglected = false;
  /** Whether a test replaced the `CounterService`: then nothing is checked, and no worker begins, as no server need be there. */
  private readonly hasDouble: boolean;
  private settling?: Promise<void>;
  private stopping?: Promise<void>;

  constructor(
    private readonly engine: CounterEngine,
    private readonly options: ResolvedOptions,
    private readonly meter: CallMeter,
    counters: CounterService,
    private readonly events: CounterEvents,
  ) {
    this.hasDouble = !(counters instanceof CounterService);
    meter.connect(engine.parts.increments, events, this.hasDouble ? counters : undefined);
    this.hooksTimer = setInterval(() => this.startNeglected(), HOOKS_CHECK).unref();
  }

  /** Whether Nest called a hook of the start: it calls none of a module that is loaded lazily. */
  get hasHooks(): boolean {
    return this.hooksCame;
  }

  async check(): Promise<void> {
    this.hooksCame = true;
    if (this.hasDouble) return;
    try {
      const { warn } = this.events.lines.of('FC-MISCONFIGURED');
      for (const warning of await this.engine.check()) warn(warning);
    } catch (error) {
      // Nest shuts nothing down after a start that failed: open connections would keep the process
      await this.stop();
      throw error;
    }
    // open connections would also keep a process where the start of another module fails, which nothing tells
    clearInterval(this.hooksTimer);
    this.hooksTimer = setInterval(() => this.engine.rest(), REST).unref();
  }

  begin(): void {
    // an application may be closed while it starts
    if (this.hasDouble || this.stopping !== undefined) return;
    this.engine.start();
    if (this.engine.embedded) this.tellEmbedded();
    clearInterval(this.hooksTimer);
    this.hooksTimer = setTimeout(() => this.warnWithoutHooks(), HOOKS_CHECK).unref();
  }

  /** Delivers increments, while more may still come. */
  settle(): Promise<void> {
    this.settling ??= this.engine.settle();
    return this.settling;
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    this.warnIfNeglected();
    clearInterval(this.hooksTimer);
    const { undelivered, unpersisted } = await this.engine.stop();
    this.meter.disconnect();
    const limit = `${this.options.shutdownTimeout} ms (option shutdownTimeout)`;
    const { embedded } = this.engine;
    const { error } = this.events.lines.of(embedded ? 'FC-NOT-PERSISTING' : 'FC-NOT-ACCEPTING');
    if (undelivered > 0 && embedded) {
      error(
        `The database did not answer within ${limit}: ${undelivered} increments that waited for it are lost`,
      );
    } else if (undelivered > 0) {
      error(
        `Redis did not acknowledge ${undelivered} increments within ${limit}: they are lost, but for those that Redis ` +
          'counted without an answer',
      );
    }
    if (unpersisted) {
      error(
        `The database did not take the pending counts within ${limit}: counting embedded, they are lost with this process`,
      );
    }
  }

  private tellEmbedded(): void {
    const key = undefinedRedis(this.options);
    const { log, warn } = this.events.lines.of();
    if (key === undefined) log(EMBEDDED);
    else {
      warn(
        `${EMBEDDED}. Option "${key}" was given as undefined: give it a value where several processes count, or leave ` +
          'the option out where one process counts alone',
      );
    }
  }

  /** Whether counters are used and no hook came. One hook is enough, as a hook of another module may take long, or fail. */
  private get isNeglected(): boolean {
    return !this.hooksCame && this.engine.isNeglected;
  }

  private startNeglected(): void {
    if (!this.isNeglected) return;
    if (!this.wasNeglected) {
      this.wasNeglected = true;
      return;
    }
    this.warnIfNeglected();
    clearInterval(this.hooksTimer);
    if (this.hasDouble) this.engine.start();
    else this.engine.startLate();
  }

  private warnIfNeglected(): void {
    if (!this.isNeglected || this.hasDouble) return;
    this.events.lines
      .of('FC-NOT-STARTED')
      .warn(
        'Counters are used, but Nest did not call the hooks of this module: app.init() or app.listen() was not called, ' +
          'or the module was loaded lazily. Redis and the database were not checked, and persisting begins late',
      );
  }

  private warnWithoutHooks(): void {
    if (process.listenerCount('SIGTERM') > 0 || process.listenerCount('SIGINT') > 0) return;
    this.events.lines
      .of()
      .warn(
        'app.enableShutdownHooks() was not called: when a signal ends this process, increments in its memory are lost',
      );
  }
}
