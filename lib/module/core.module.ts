import { Inject, Logger, Module } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import { CounterService } from '../counting/counter.service.js';
import { CounterEvents } from '../events.js';
import { CallMeter } from '../metering/meter/call-meter.js';
import { CounterEngine } from './counter-engine.js';
import type { ResolvedOptions } from './resolve-options.js';
import { FAST_COUNTER_OPTIONS } from './tokens.js';

/** Long enough for main() to call enableShutdownHooks() after listening, in milliseconds. */
const HOOKS_CHECK = 5000;

/**
 * Owns the lifecycle. Not global, although the module around it may be: Nest shuts global modules
 * down last, after the data source that embedded counters are persisted to.
 */
@Module({})
export class FastCounterCoreModule
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly logger = new Logger('FastCounter');
  /** Looks for hooks that never came. */
  private hooksTimer: NodeJS.Timeout;

  constructor(
    private readonly engine: CounterEngine,
    @Inject(FAST_COUNTER_OPTIONS) private readonly options: ResolvedOptions,
    private readonly meter: CallMeter,
    counters: CounterService,
    events: CounterEvents,
  ) {
    const replaced = counters instanceof CounterService ? undefined : counters;
    meter.connect(engine.parts.increments, events, replaced);
    this.hooksTimer = setInterval(() => this.startNeglected(), HOOKS_CHECK).unref();
  }

  async onModuleInit(): Promise<void> {
    try {
      for (const warning of await this.engine.check()) this.logger.warn(warning);
    } catch (error) {
      // a start that fails has no shutdown: what is open would keep the process
      await this.onApplicationShutdown();
      throw error;
    }
  }

  onApplicationBootstrap(): void {
    this.engine.start();
    if (this.engine.embedded) {
      this.logger.log(
        'Counting embedded: pending counts live in the memory of this process until they are persisted',
      );
    }
    clearInterval(this.hooksTimer);
    this.hooksTimer = setTimeout(() => this.warnWithoutHooks(), HOOKS_CHECK).unref();
  }

  // HTTP may take for ever to close when clients keep their connections: what is here is safe before
  async beforeApplicationShutdown(): Promise<void> {
    await this.engine.settle();
  }

  // HTTP is closed by now, and the data source and Bull's queues are still there
  async onApplicationShutdown(): Promise<void> {
    this.warnIfNeglected();
    clearInterval(this.hooksTimer);
    const { undelivered, unpersisted } = await this.engine.stop();
    this.meter.disconnect();
    if (undelivered > 0) {
      this.logger.error(
        `${this.engine.embedded ? 'The database' : 'Redis'} did not answer within ${this.options.shutdownTimeout} ms: increments of ${undelivered} counters were not delivered`,
      );
    }
    if (unpersisted) {
      this.logger.error(
        `The database did not take what was pending within ${this.options.shutdownTimeout} ms: counting embedded, it is lost with this process`,
      );
    }
  }

  private startNeglected(): void {
    if (!this.engine.isNeglected) return;
    this.warnIfNeglected();
    clearInterval(this.hooksTimer);
    this.engine.start();
  }

  private warnIfNeglected(): void {
    if (!this.engine.isNeglected) return;
    this.logger.warn(
      'Counters are used, but the hooks of Nest did not come: app.init() or app.listen() was not called, or the ' +
        'module was loaded lazily. Redis and database were not checked, persisting begins late, and close() may ' +
        'not deliver what this process holds',
    );
  }

  private warnWithoutHooks(): void {
    if (process.listenerCount('SIGTERM') > 0 || process.listenerCount('SIGINT') > 0) return;
    this.logger.warn(
      'app.enableShutdownHooks() was not called: increments that are still in this process are lost when it is told to stop',
    );
  }
}
