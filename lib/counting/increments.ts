import { CounterOverflowError, FastCounterError } from '../errors.js';
import type { CounterEvents } from '../events.js';
import { checkIncrement, checkIncrementOptions, checkIncrements } from './arguments.js';
import type { CounterDelta, Increment, IncrementOptions } from './counter.types.js';
import type { IncrementBuffer } from './increment-buffer.js';
import { newEntries } from './new-entries.js';

/**
 * Takes increments, the hot path: callers of an entry share one promise. Nothing throws; what is wrong
 * rejects, and is the event `rejected`. What nobody awaits goes out some milliseconds later, with more.
 */
export class Increments {
  constructor(
    private readonly buffer: IncrementBuffer,
    private readonly events: CounterEvents,
    /** Default of `updateInterval`, in milliseconds. */
    private readonly updateInterval: number,
  ) {}

  add(
    name: string,
    delta: CounterDelta,
    options?: IncrementOptions,
    awaited = true,
  ): Promise<void> {
    try {
      if (options === undefined && typeof delta === 'number' && delta !== 0) {
        const entry = this.buffer.joinable(name);
        if (entry !== undefined && Number.isSafeInteger(delta)) {
          if (entry.interval > this.updateInterval) entry.interval = this.updateInterval;
          if (!entry.add(delta)) throw new CounterOverflowError(name);
          if (awaited && !entry.awaited) this.buffer.hurry(entry);
          return entry.acknowledged.promise;
        }
      }
      if (options !== undefined) checkIncrementOptions(options);
      checkIncrement({ ...options, name, delta });
      const { updateInterval = this.updateInterval, idempotencyKey, windows } = options ?? {};
      return this.buffer.add(name, delta, updateInterval, idempotencyKey, windows, awaited);
    } catch (error) {
      return this.rejected(error);
    }
  }

  /** All or, if one is wrong or the buffer has no room for all, none. */
  addAll(increments: Iterable<Increment>, awaited = true): Promise<void>[] {
    try {
      const all = checkIncrements(increments);
      this.buffer.reserve(newEntries(all, this.buffer));
      return all.map(({ name, delta = 1, ...options }) => this.add(name, delta, options, awaited));
    } catch (error) {
      return [this.rejected(error)];
    }
  }

  private rejected(error: unknown): Promise<never> {
    const rejection = Promise.reject(error instanceof Error ? error : new Error(String(error)));
    rejection.catch(() => undefined);
    if (error instanceof FastCounterError) this.events.emit('rejected', { error });
    return rejection;
  }
}
