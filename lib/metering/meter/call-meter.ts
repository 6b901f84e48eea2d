import type { CounterDelta, IncrementOptions } from '../../input/counter.types.js';
import type { CounterService } from '../../counting/counter.service.js';
import type { Increments } from '../../counting/buffer/increments.js';
import type { CounterEvents } from '../../events.js';
import { CallNotCountedError } from './call-not-counted.error.js';

/**
 * Where the counted calls of one application go. It depends on nothing, so that every provider can
 * have it, those included that the counters themselves are made with; it is connected once there are
 * counters, and what is called before is not counted.
 */
export class CallMeter {
  private increments?: Increments;
  private replaced?: CounterService;
  private events?: CounterEvents;

  get connected(): boolean {
    return this.increments !== undefined;
  }

  /** `replaced`: what a test module has in place of the `CounterService`; then that one counts. */
  connect(increments: Increments, events: CounterEvents, replaced?: CounterService): void {
    this.replaced = replaced;
    this.increments = increments;
    this.events = events;
  }

  disconnect(): void {
    this.increments = undefined;
    this.replaced = undefined;
    this.events = undefined;
  }

  /** Awaits nothing; what is rejected shows in the events of the application. */
  count(counter: string, delta: CounterDelta, options?: IncrementOptions): void {
    if (this.replaced === undefined) this.increments?.count(counter, delta, options);
    else void this.replaced.incr(counter, delta, options);
  }

  /** A total and its parts: all, or if the buffer is full, none. */
  countAll(counters: readonly string[], delta: CounterDelta, options?: IncrementOptions): void {
    const increments = counters.map((name) => ({ ...options, name, delta }));
    if (this.replaced === undefined) this.increments?.countAll(increments);
    else this.replaced.incrMany(increments).catch(() => undefined);
  }

  /** An option of the decorator threw, or answered what is no name, no delta, no yes or no. */
  failed(method: string, cause: unknown): void {
    this.events?.emit('rejected', { error: new CallNotCountedError(method, cause) });
  }
}
