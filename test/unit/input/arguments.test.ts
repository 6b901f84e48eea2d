import { describe, expect, test } from 'vitest';
import {
  checkDelta,
  checkIncrement,
  checkIncrementOptions,
  checkNames,
  checkValue,
} from '../../../lib/input/arguments.js';
import type { CounterIncrement } from '../../../lib/input/counter.types.js';
import { InvalidArgumentError, InvalidCounterNameError } from '../../../lib/errors.js';

const MAX = 2n ** 63n - 1n;
const week = 7 * 86_400_000;

function refused(check: () => unknown, message: string): void {
  expect(check).toThrow(InvalidArgumentError);
  expect(check).toThrow(message);
}

describe('a delta', () => {
  test.each([1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1n, -1n, MAX, -MAX - 1n])(
    'may be %s',
    (delta) => {
      expect(() => checkDelta(delta)).not.toThrow();
    },
  );

  test.each([
    [0, 'delta must not be 0: there is nothing to count'],
    [-0, 'delta must not be 0'],
    [0n, 'delta must not be 0'],
    [1.5, 'delta must be a safe integer, not 1.5; pass larger ones as bigint'],
    [NaN, 'delta must be a safe integer, not NaN'],
    [Infinity, 'delta must be a safe integer, not Infinity'],
    [2 ** 53, 'delta must be a safe integer, not 9007199254740992'],
    [-(2 ** 53), 'delta must be a safe integer, not -9007199254740992'],
    [MAX + 1n, 'delta must fit in signed 64 bits, not 9223372036854775808'],
    [-MAX - 2n, 'delta must fit in signed 64 bits, not -9223372036854775809'],
    ['1', 'delta must be a number or a bigint, not "1"'],
    [null, 'delta must be a number or a bigint, not null'],
    [undefined, 'delta must be a number or a bigint, not undefined'],
    [true, 'delta must be a number or a bigint, not true'],
    [{}, 'delta must be a number or a bigint, not {}'],
    [[1], 'delta must be a number or a bigint, not [1]'],
  ])('may not be %o', (delta, message) => {
    refused(() => checkDelta(delta), message);
  });
});

describe('a value to set', () => {
  test.each([0, -0, 0n, -5, MAX, -MAX - 1n])('may be %s', (value) => {
    expect(() => checkValue(value, 'value')).not.toThrow();
  });

  test('is named in the error', () => {
    refused(() => checkValue(0.5, 'value'), 'value must be a safe integer, not 0.5');
  });
});

describe('the options of an increment', () => {
  test.each([
    {},
    { updateInterval: 0 },
    { updateInterval: week },
    { updateInterval: undefined, idempotencyKey: undefined },
    { idempotencyKey: 'k' },
    { idempotencyKey: ' ' },
    { idempotencyKey: 'any\n\0 characters, \u{1f600}' },
    { idempotencyKey: 'k'.repeat(255) },
  ])('may be %o', (options) => {
    expect(() => checkIncrementOptions(options)).not.toThrow();
  });

  test.each([
    [null, 'must be an object, not null'],
    ['fast', 'must be an object, not "fast"'],
    [5, 'must be an object, not 5'],
    [{ updateInterval: -1 }, `updateInterval must be whole milliseconds from 0 to ${week}, not -1`],
    [{ updateInterval: 0.5 }, 'not 0.5'],
    [{ updateInterval: week + 1 }, `not ${week + 1}`],
    [{ updateInterval: NaN }, 'not NaN'],
    [{ updateInterval: Infinity }, 'not Infinity'],
    [{ updateInterval: '5' }, 'not "5"'],
    [{ updateInterval: 5n }, 'not 5n'],
    [{ updateInterval: null }, 'not null'],
    [{ idempotencyKey: '' }, 'idempotencyKey must be a well-formed string of 1 to 255 characters'],
    [{ idempotencyKey: 'k'.repeat(256) }, 'idempotencyKey must be'],
    [{ idempotencyKey: '\ud83d' }, String.raw`not "\ud83d"`],
    [{ idempotencyKey: 5 }, 'not 5'],
    [{ idempotencyKey: null }, 'not null'],
  ])('may not be %o', (options, message) => {
    refused(() => checkIncrementOptions(options), message);
  });
});

describe('an increment of incrMany', () => {
  const check = (increment: unknown): CounterIncrement => checkIncrement(increment);

  test.each([{ name: 'a' }, { name: 'a', delta: 5 }, { name: 'a', delta: -5n, updateInterval: 0 }])(
    'may be %o, and is answered as a copy',
    (increment) => {
      expect(check(increment)).toEqual(increment);
    },
  );

  test.each([
    [null, 'must be an object'],
    ['a', 'must be an object'],
    [{ name: 'a', delta: 0 }, 'delta must not be 0'],
    [{ name: 'a', delta: null }, 'delta must be a number or a bigint, not null'],
    [{ name: 'a', updateInterval: -1 }, 'updateInterval must be'],
  ])('may not be %o', (increment, message) => {
    refused(() => check(increment), message);
  });

  test('may not be without a valid name', () => {
    expect(() => check({})).toThrow(InvalidCounterNameError);
    expect(() => check({ name: ' a' })).toThrow(InvalidCounterNameError);
  });
});

describe('a list of names', () => {
  test('may be any iterable, in its order and with its duplicates', () => {
    function* generate() {
      yield 'b';
      yield 'a';
      yield 'b';
    }
    expect(checkNames(generate(), 3)).toEqual(['b', 'a', 'b']);
    expect(checkNames(new Set(['a', 'b']), 2)).toEqual(['a', 'b']);
    expect(checkNames([], 1)).toEqual([]);
  });

  test.each([
    ['views', 'names must be an array or another iterable, not "views"'],
    [undefined, 'not undefined'],
    [null, 'not null'],
    [5, 'not 5'],
    [{ name: 'a' }, 'not {"name":"a"}'],
  ])('may not be %o', (names, message) => {
    refused(() => checkNames(names, 5), message);
  });

  test('may not hold an invalid name', () => {
    expect(() => checkNames(['a', 'b '], 5)).toThrow(InvalidCounterNameError);
    expect(() => checkNames(['a', 5], 5)).toThrow(InvalidCounterNameError);
  });
});
