import { CounterOverflowError, FastCounterError, InvalidArgumentError } from '../../errors.js';
import type { CounterEvents } from '../../events.js';
import { checkAddition, checkIncrementOptions, checkIncrements } from '../../input/arguments.js';
import { expectAccepted } from './accepted-past.js';
import type { BufferEntry } from '../entries/buffer-entry.js';
import type {
  CounterDelta,
  CounterIncrement,
  IncrementOptions,
  TransactionalOptions,
} from '../../input/counter.types.js';
import type { OnceWithin } from '../../input/once.js';
import type { CountingTransaction } from '../../database/outbox/outbox.js';
import type { IncrementBuffer } from './increment-buffer.js';
import { newEntries } from './new-entries.js';

const TRANSACTION_AT =
  'Options "transaction" and "at" exclude each other: an increment of a transaction is of its moment';
const NOT_AWAITED = 'Option "transaction" is of incr() and incrMany() alone';

interface Transactional {
  add(transaction: CountingTransaction, increments: readonly CounterIncrement[]): Promise<void>;
}

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
    private readonly transactional: Transactional,
    /** `windows.acceptPast`, in milliseconds. */
    private readonly acceptPast: number,
  ) {}

  add(name: string, delta: CounterDelta, options?: TransactionalOptions): Promise<void> {
    try {
      if (options === undefined) return this.enter(name, delta, options, true).acknowledged;
      const checked = checkIncrementOptions(options);
      checkAddition(name, delta);
      this.checkMoment(checked);
      return this.addChecked({ ...checked, name, delta });
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
      const all = this.checkedAll(increments);
      const plain = all.filter(({ transaction }) => transaction === undefined);
      return [...this.addInTransactions(all), ...plain.map((each) => this.addChecked(each))];
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
    if (checked?.transaction !== undefined) throw new InvalidArgumentError(NOT_AWAITED);
    return this.enterChecked({ ...checked, name, delta }, awaited);
  }

  private enterChecked(
    increment: CounterIncrement & { once?: OnceWithin },
    awaited: boolean,
  ): BufferEntry {
    const { updateInterval = this.updateInterval, at } = increment;
    const addition = at === undefined ? increment : { ...increment, madeAt: Number(at) };
    return this.buffer.enter(addition, updateInterval, awaited);
  }

  private addChecked(increment: CounterIncrement): Promise<void> {
    if (increment.transaction !== undefined) {
      return this.written(increment.transaction, [increment]);
    }
    try {
      return this.enterChecked(increment, true).acknowledged;
    } catch (error) {
      return this.rejected(error);
    }
  }

  /** One write for each transaction. */
  private addInTransactions(increments: readonly CounterIncrement[]): Promise<void>[] {
    const byTransaction = new Map<CountingTransaction, CounterIncrement[]>();
    for (const increment of increments) {
      const { transaction } = increment;
      if (transaction === undefined) continue;
      const before = byTransaction.get(transaction);
      if (before === undefined) byTransaction.set(transaction, [increment]);
      else before.push(increment);
    }
    return Array.from(byTransaction, ([transaction, those]) => this.written(transaction, those));
  }

  private written(
    transaction: CountingTransaction,
    increments: readonly CounterIncrement[],
  ): Promise<void> {
    const written = this.transactional.add(transaction, increments);
    written.catch((error: unknown) => this.report(error));
    return written;
  }

  private checkedAll(increments: Iterable<CounterIncrement>): CounterIncrement[] {
    const all = checkIncrements(increments, this.buffer.limit);
    for (const increment of all) this.checkMoment(increment);
    const plain = all.filter(({ transaction }) => transaction === undefined);
    this.buffer.expectRoomFor(newEntries(plain, this.buffer));
    return all;
  }

  private checkMoment({ at, transaction }: TransactionalOptions): void {
    if (at === undefined) return;
    if (transaction !== undefined) throw new InvalidArgumentError(TRANSACTION_AT);
    expectAccepted(Number(at), this.acceptPast);
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
