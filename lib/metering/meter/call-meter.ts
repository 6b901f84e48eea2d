import type { CounterService } from '../../counting/counter.service.js';
import type { CounterDelta, IncrementOptions } from '../../counting/counter.types.js';
import type { CounterEvents } from '../../events.js';
import { CallNotCountedError } from './call-not-counted.error.js';

/**
 * Where the counted calls of one application go. It depends on nothing, so that every provider can
 * have it, those included that the counters themselves are made with; it is connected once there is a
 * `CounterService`, and what is called before is not counted.
 */
export class CallMeter {
  private counters?: CounterService;
  private events?: CounterEvents;

  get connected(): boolean {
    return this.counters !== undefined;
  }

  connect(counters: CounterService, events: CounterEvents): void {
    this.counters = counters;
    this.events = events;
  }

  disconnect(): void {
    this.counters = undefined;
    this.events = undefined;
  }

  /** Awaits nothing; what is rejected shows in the events of the application. */
  count(counter: string, delta: CounterDelta, options?: IncrementOptions): void {
    void this.counters?.incr(counter, delta, options);
  }

  /** A total and its parts: all, or if the buffer is full, none. */
  countAll(counters: readonly string[], delta: CounterDelta, options?: IncrementOptions): void {
    const increments = counters.map((name) => ({ ...options, name, delta }));
    this.counters?.incrMany(increments).catch(() => undefined);
  }

  /** An option of the decorator threw, or answered what is no name, no delta, no yes or no. */
  failed(method: string, cause: unknown): void {
    this.events?.emit('rejected', { error: new CallNotCountedError(method, cause) });
  }
}
