import { CounterOverflowError, FastCounterError } from '../errors.js';
import type { CounterEvents } from '../events.js';
import { checkIncrement, checkIncrementOptions, checkIncrements } from './arguments.js';
import type { BufferEntry } from './buffer-entry.js';
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

  add(name: string, delta: CounterDelta, options?: IncrementOptions): Promise<void> {
    try {
      return this.enter(name, delta, options, true).acknowledged;
    } catch (error) {
      return this.rejected(error);
    }
  }

  /** Adds for somebody who does not wait: it goes out some milliseconds later, with more. */
  count(name: string, delta: CounterDelta, options?: IncrementOptions): void {
    try {
      this.enter(name, delta, options, false);
    } catch (error) {
      this.report(error);
    }
  }

  /** All or, if one is wrong or the buffer has no room for all, none. */
  addAll(increments: Iterable<Increment>): Promise<void>[] {
    try {
      return this.reserved(increments).map(({ name, delta = 1, ...options }) =>
        this.add(name, delta, options),
      );
    } catch (error) {
      return [this.rejected(error)];
    }
  }

  /** As `addAll()`, for somebody who does not wait. */
  countAll(increments: Iterable<Increment>): void {
    try {
      for (const { name, delta = 1, ...options } of this.reserved(increments)) {
        this.count(name, delta, options);
      }
    } catch (error) {
      this.report(error);
    }
  }

  private enter(
    name: string,
    delta: CounterDelta,
    options: IncrementOptions | undefined,
    awaited: boolean,
  ): BufferEntry {
    if (options === undefined && Number.isSafeInteger(delta) && delta !== 0) {
      const entry = this.buffer.known(name, this.updateInterval, awaited);
      if (entry !== undefined) {
        if (!entry.add(delta)) throw new CounterOverflowError(name);
        return entry;
      }
    }
    if (options !== undefined) checkIncrementOptions(options);
    checkIncrement({ ...options, name, delta });
    const { updateInterval = this.updateInterval, idempotencyKey, windows } = options ?? {};
    return this.buffer.enter(name, delta, updateInterval, idempotencyKey, windows, awaited);
  }

  private reserved(increments: Iterable<Increment>): Increment[] {
    const all = checkIncrements(increments);
    this.buffer.reserve(newEntries(all, this.buffer));
    return all;
  }

  private rejected(error: unknown): Promise<never> {
    const rejection = Promise.reject(error instanceof Error ? error : new Error(String(error)));
    rejection.catch(() => undefined);
    this.report(error);
    return rejection;
  }

  private report(error: unknown): void {
    if (error instanceof FastCounterError) this.events.emit('rejected', { error });
  }
}
