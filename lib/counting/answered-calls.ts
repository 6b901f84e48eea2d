import { answer } from '../input/answer.js';
import {
  checkAddition,
  checkIncrAndGetOptions,
  checkTotals,
  checkTryIncrOptions,
  checkValue,
} from '../input/arguments.js';
import { checkCounterName } from '../input/counter-name.js';
import { checkChange, OF_CHANGE, readChange } from '../input/change-options.js';
import type {
  BigIntAnswer,
  ChangeOptions,
  CounterDelta,
  IncrementOptions,
  OnceOptions,
  TryIncrementOptions,
} from '../input/counter.types.js';
import { checkOnceKey, checkOnceOptions } from '../input/once.js';
import type { CounterEvents } from '../events.js';
import { checkBigInt, readOptions } from '../words/read-options.js';
import type { IncrementBuffer } from './buffer/increment-buffer.js';
import { Replacing } from './correcting/replacing.js';
import type { BufferEntry } from './entries/buffer-entry.js';

const OF_RESET: ReadonlySet<keyof ChangeOptions | 'bigint'> = new Set([...OF_CHANGE, 'bigint']);

interface Parts {
  buffer: IncrementBuffer;
  events: CounterEvents;
  /** Default of `updateInterval`, in milliseconds. */
  updateInterval: number;
}

/** Calls that write, with an entry or an answer of their own: each checks its arguments, and rejects where they are wrong. */
export class AnsweredCalls {
  private readonly replacing: Replacing;

  constructor(private readonly parts: Parts) {
    this.replacing = new Replacing(parts);
  }

  async incrAndGet(
    name: string,
    delta: CounterDelta,
    options: IncrementOptions & Partial<BigIntAnswer>,
  ): Promise<number | bigint> {
    checkAddition(name, delta);
    const given = checkIncrAndGetOptions(options);
    const { updateInterval = this.parts.updateInterval, idempotencyKey, windows } = given;
    const { buffer } = this.parts;
    const total = await buffer.addAndGet(name, delta, updateInterval, idempotencyKey, windows);
    return answer(name, total, given.bigint);
  }

  async tryIncr(name: string, delta: CounterDelta, options: TryIncrementOptions): Promise<boolean> {
    checkAddition(name, delta);
    const { limits, idempotencyKey, windows, ...given } = checkTryIncrOptions(options);
    const { updateInterval = this.parts.updateInterval } = given;
    const increment = { name, delta, idempotencyKey, windows };
    const attempt = this.parts.buffer.tryAdd(increment, updateInterval, limits);
    await attempt.total;
    return attempt.applied;
  }

  async incrOnce(name: string, key: string, options: OnceOptions): Promise<boolean> {
    checkCounterName(name);
    checkOnceKey(key);
    const { within, delta = 1, windows, ...given } = checkOnceOptions(options);
    const { updateInterval = this.parts.updateInterval } = given;
    const increment = { name, delta, windows, once: { key, within } };
    return applied(this.parts.buffer.enter(increment, updateInterval));
  }

  async undoOnce(name: string, key: string): Promise<boolean> {
    checkCounterName(name);
    checkOnceKey(key);
    return applied(this.parts.buffer.undo(name, { key }, this.parts.updateInterval));
  }

  async set(name: string, value: CounterDelta, options?: ChangeOptions): Promise<void> {
    checkCounterName(name);
    checkValue(value, 'value');
    const change = readChange(options, 'set()');
    await this.replacing.replace({ operation: 'set', name, value: BigInt(value), change });
  }

  async setMany(
    entries: Iterable<{ name: string; value: CounterDelta }>,
    options?: ChangeOptions,
  ): Promise<void> {
    const { buffer } = this.parts;
    const change = readChange(options, 'setMany()');
    const all = checkTotals(entries, buffer.limit);
    buffer.expectRoomFor(all.length);
    const set = all.map(({ name, value }) =>
      this.replacing.replace({ operation: 'set', name, value: BigInt(value), change }),
    );
    await Promise.all(set);
  }

  async reset(
    name: string,
    options: ChangeOptions & Partial<BigIntAnswer> = {},
  ): Promise<number | bigint> {
    checkCounterName(name);
    const given = readOptions<ChangeOptions & Partial<BigIntAnswer>>(options, OF_RESET, 'reset()');
    const bigint = checkBigInt(given.bigint);
    const change = checkChange(given);
    const before = await this.replacing.replace({ operation: 'reset', name, value: 0n, change });
    return answer(name, before, bigint);
  }
}

async function applied(entry: BufferEntry): Promise<boolean> {
  await entry.acknowledged;
  return !entry.refused;
}
