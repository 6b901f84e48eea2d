import { answer } from '../input/answer.js';
import {
  checkAddition,
  checkIncrAndGetOptions,
  checkNames,
  checkTotals,
  checkTryIncrOptions,
  checkValue,
} from '../input/arguments.js';
import { checkCounterName } from '../input/counter-name.js';
import type {
  BigIntAnswer,
  CounterDelta,
  IncrementOptions,
  OnceOptions,
  TryIncrementOptions,
} from '../input/counter.types.js';
import { checkOnceKey, checkOnceOptions } from '../input/once.js';
import { readBigInt } from '../words/read-options.js';
import type { IncrementBuffer } from './buffer/increment-buffer.js';
import type { BufferEntry } from './entries/buffer-entry.js';

interface Parts {
  buffer: IncrementBuffer;
  /** Default of `updateInterval`, in milliseconds. */
  updateInterval: number;
}

/** Calls that write, with an entry or an answer of their own: each checks its arguments, and rejects where they are wrong. */
export class AnsweredCalls {
  constructor(private readonly parts: Parts) {}

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

  async set(name: string, value: CounterDelta): Promise<void> {
    checkCounterName(name);
    checkValue(value, 'value');
    await this.parts.buffer.replace('set', name, BigInt(value), this.parts.updateInterval);
  }

  async setMany(entries: Iterable<{ name: string; value: CounterDelta }>): Promise<void> {
    const { buffer, updateInterval } = this.parts;
    const all = checkTotals(entries, buffer.limit);
    buffer.expectRoomFor(all.length);
    const set = all.map(({ name, value }) =>
      buffer.replace('set', name, BigInt(value), updateInterval),
    );
    await Promise.all(set);
  }

  async reset(name: string, options?: Partial<BigIntAnswer>): Promise<number | bigint> {
    checkCounterName(name);
    const bigint = readBigInt(options, 'reset()');
    const before = await this.parts.buffer.replace('set', name, 0n, this.parts.updateInterval);
    return answer(name, before, bigint);
  }

  async delete(names: string | Iterable<string>): Promise<void> {
    const { buffer, updateInterval } = this.parts;
    const given = typeof names === 'string' ? [names] : names;
    const all = new Set(checkNames(given, buffer.limit));
    buffer.expectRoomFor(all.size);
    const deleted = Array.from(all, (name) => buffer.replace('delete', name, 0n, updateInterval));
    await Promise.all(deleted);
  }
}

async function applied(entry: BufferEntry): Promise<boolean> {
  await entry.acknowledged;
  return !entry.refused;
}
