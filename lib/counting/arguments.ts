import { type CountWindow, WINDOWS } from '../cache/bucket-name.js';
import { INT64_MAX, INT64_MIN } from '../cache/int64.js';
import { InvalidArgumentError, quote } from '../errors.js';
import { checkCounterName } from './counter-name.js';
import type { Increment, IncrementOptions, TryIncrementOptions } from './counter.types.js';
import type { Limits } from './limits.js';

const MAX_KEY_LENGTH = 255;
const MAX_INTERVAL = 7 * 86_400_000;

export function checkDelta(delta: unknown): asserts delta is number | bigint {
  checkValue(delta, 'delta');
  if (delta === 0 || delta === 0n) {
    throw new InvalidArgumentError('delta must not be 0: there is nothing to count');
  }
}

/** A whole number that fits a counter. */
export function checkValue(value: unknown, what: string): asserts value is number | bigint {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return;
    throw new InvalidArgumentError(
      `${what} must be a safe integer, not ${value}; pass larger ones as bigint`,
    );
  }
  if (typeof value !== 'bigint') {
    throw new InvalidArgumentError(`${what} must be a number or a bigint, not ${quote(value)}`);
  }
  if (value < INT64_MIN || value > INT64_MAX) {
    throw new InvalidArgumentError(`${what} must fit in signed 64 bits, not ${value}`);
  }
}

export function checkIncrementOptions(options: unknown): asserts options is IncrementOptions {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidArgumentError(
      `The options of an increment must be an object, not ${quote(options)}`,
    );
  }
  const { updateInterval, idempotencyKey, windows } = options as Record<string, unknown>;
  if (updateInterval !== undefined) checkInterval(updateInterval);
  if (idempotencyKey !== undefined) checkKey(idempotencyKey);
  if (windows !== undefined) checkWindows(windows);
}

/** Checks the options of `tryIncr()`, and answers its bounds. */
export function checkLimits(options: TryIncrementOptions): Limits {
  checkIncrementOptions(options);
  const { max, min, window } = options;
  if (max === undefined && min === undefined) {
    throw new InvalidArgumentError('tryIncr() needs max or min');
  }
  if (max !== undefined) checkValue(max, 'max');
  if (min !== undefined) checkValue(min, 'min');
  if (window !== undefined) checkWindow(window, 'window');
  return { max: max?.toString(), min: min?.toString(), window };
}

export function checkWindow(window: unknown, what: string): asserts window is CountWindow {
  if (WINDOWS.some((known) => known === window)) return;
  throw new InvalidArgumentError(`${what} must be ${WINDOWS.join(', ')}, not ${quote(window)}`);
}

function checkWindows(windows: unknown): void {
  if (!Array.isArray(windows)) {
    throw new InvalidArgumentError(`windows must be an array, not ${quote(windows)}`);
  }
  for (const window of windows) checkWindow(window, 'Each of windows');
}

export function checkIncrement(increment: Increment): Increment {
  checkIncrementOptions(increment);
  checkCounterName(increment.name);
  if (increment.delta !== undefined) checkDelta(increment.delta);
  return increment;
}

export function checkIncrements(increments: unknown): Increment[] {
  if (isIterable(increments)) return Array.from(increments as Iterable<Increment>, checkIncrement);
  throw new InvalidArgumentError(
    `increments must be an array or another iterable, not ${quote(increments)}`,
  );
}

export function checkNames(names: unknown): string[] {
  if (typeof names === 'string' || !isIterable(names)) {
    throw new InvalidArgumentError(
      `names must be an array or another iterable, not ${quote(names)}`,
    );
  }
  const list: string[] = [];
  for (const name of names) {
    checkCounterName(name);
    list.push(name);
  }
  return list;
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function checkInterval(interval: unknown): void {
  const valid = Number.isSafeInteger(interval) && (interval as number) >= 0;
  if (valid && (interval as number) <= MAX_INTERVAL) return;
  throw new InvalidArgumentError(
    `updateInterval must be whole milliseconds from 0 to ${MAX_INTERVAL}, not ${quote(interval)}`,
  );
}

function checkKey(key: unknown): void {
  if (
    typeof key === 'string' &&
    key.length > 0 &&
    key.length <= MAX_KEY_LENGTH &&
    key.isWellFormed()
  ) {
    return;
  }
  throw new InvalidArgumentError(
    `idempotencyKey must be a well-formed string of 1 to ${MAX_KEY_LENGTH} characters, not ${quote(key)}`,
  );
}
