import type { CounterDelta, IncrementOptions } from '../../input/counter.types.js';
import type { OnceWithin } from '../../input/once.js';
import type { CounterService } from '../../counting/counter.service.js';
import type { Increments } from '../../counting/buffer/increments.js';
import type { CounterEvents } from '../../events.js';
import { CallNotCountedError } from './call-not-counted.error.js';

/**
 * Takes the counted calls of one application. It depends on nothing, so that every provider can have it, also one that
 * the counters depend on. It is connected when the counters are made; earlier calls are not counted.
 */
export class CallMeter {
  private increments?: Increments;
  private replaced?: CounterService;
  private events?: CounterEvents;

  get connected(): boolean {
    return this.increments !== undefined;
  }

  /** `replaced` is what a test put in the place of the `CounterService`; then the calls are counted by that. */
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

  /** Counts a call and awaits nothing: a rejection is the event `rejected`. */
  count(counter: string, delta: CounterDelta, options?: IncrementOptions): void {
    if (this.replaced === undefined) this.increments?.count(counter, delta, options);
    else void this.replaced.incr(counter, delta, options);
  }

  /** Counts a call in a total and its parts: in all, or if the buffer is full, in none. */
  countAll(counters: readonly string[], delta: CounterDelta, options?: IncrementOptions): void {
    const increments = counters.map((name) => ({ ...options, name, delta }));
    if (this.replaced === undefined) this.increments?.countAll(increments);
    else this.replaced.incrMany(increments).catch(() => undefined);
  }

  /** Counts a call in a total and its parts, in each once for this key. */
  countOnce(
    counters: readonly string[],
    { key, within }: OnceWithin,
    delta: CounterDelta,
    options?: IncrementOptions,
  ): void {
    const { replaced } = this;
    if (replaced === undefined)
      this.increments?.countOnce(counters, { key, within }, delta, options);
    else {
      for (const name of counters) {
        void replaced.incrOnce(name, key, { ...options, within, delta });
      }
    }
  }

  /** Tells that a function of the decorator threw, or answered a wrong value. */
  failed(method: string, cause: unknown): void {
    this.events?.emit('rejected', { error: new CallNotCountedError(method, cause) });
  }
}
