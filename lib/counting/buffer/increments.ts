import { CounterOverflowError, FastCounterError } from '../../errors.js';
import type { CounterEvents } from '../../events.js';
import { checkAddition, checkIncrementOptions, checkIncrements } from '../../input/arguments.js';
import type { BufferEntry } from '../entries/buffer-entry.js';
import type {
  CounterDelta,
  CounterIncrement,
  IncrementOptions,
} from '../../input/counter.types.js';
import type { OnceWithin } from '../../input/once.js';
import type { IncrementBuffer } from './increment-buffer.js';
import { newEntries } from './new-entries.js';

/**
 * Takes increments, the hot path: callers of an entry share one promise. Nothing throws; what is wrong
 * rejects, and is the event `rejected`. Increments that nobody awaits are held for 50 ms and sent together.
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

  /** Adds for a caller who does not wait: the increment is held for 50 ms and sent with others. */
  count(name: string, delta: CounterDelta, options?: IncrementOptions): void {
    try {
      this.enter(name, delta, options, false);
    } catch (error) {
      this.report(error);
    }
  }

  /** All or, if one is wrong or the buffer has no room for all, none. */
  addAll(increments: Iterable<CounterIncrement>): Promise<void>[] {
    try {
      return this.checkedAll(increments).map((increment) => this.addChecked(increment));
    } catch (error) {
      return [this.rejected(error)];
    }
  }

  /** As `addAll()`, for somebody who does not wait. */
  countAll(increments: Iterable<CounterIncrement>): void {
    try {
      for (const increment of this.checkedAll(increments)) {
        try {
          this.enterChecked(increment, false);
        } catch (error) {
          this.report(error);
        }
      }
    } catch (error) {
      this.report(error);
    }
  }

  /** Counts once under a key in each of these counters, for somebody who does not wait: if the buffer is full, in none. */
  countOnce(
    names: readonly string[],
    once: OnceWithin,
    delta: CounterDelta,
    options?: IncrementOptions,
  ): void {
    try {
      const checked = options === undefined ? undefined : checkIncrementOptions(options);
      for (const name of names) checkAddition(name, delta);
      this.buffer.expectRoomFor(names.length);
      for (const name of names) this.enterChecked({ ...checked, name, delta, once }, false);
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
      const entry = this.buffer.enterKnown(name, this.updateInterval, awaited);
      if (entry !== undefined) {
        if (!entry.add(delta)) throw new CounterOverflowError(name);
        return entry;
      }
    }
    const checked = options === undefined ? undefined : checkIncrementOptions(options);
    checkAddition(name, delta);
    return this.enterChecked({ ...checked, name, delta }, awaited);
  }

  private enterChecked(
    increment: CounterIncrement & { once?: OnceWithin },
    awaited: boolean,
  ): BufferEntry {
    const { updateInterval = this.updateInterval } = increment;
    return this.buffer.enter(increment, updateInterval, awaited);
  }

  private addChecked(increment: CounterIncrement): Promise<void> {
    try {
      return this.enterChecked(increment, true).acknowledged;
    } catch (error) {
      return this.rejected(error);
    }
  }

  private checkedAll(increments: Iterable<CounterIncrement>): CounterIncrement[] {
    const all = checkIncrements(increments, this.buffer.limit);
    this.buffer.expectRoomFor(newEntries(all, this.buffer));
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
