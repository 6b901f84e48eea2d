import { describe, expect, test } from 'vitest';
import * as ownErrors from '../../lib/errors.js';
import * as mismatches from '../../lib/mismatch-errors.js';
import { quote } from '../../lib/errors.js';

const errors = { ...ownErrors, ...mismatches };

describe('a quoted value', () => {
  test.each<[unknown, string]>([
    ['text', '"text"'],
    ['a "quoted" \\ text', String.raw`"a \"quoted\" \\ text"`],
    ['', '""'],
    [5, '5'],
    [-0, '0'],
    [NaN, 'NaN'],
    [5n, '5n'],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [Symbol('s'), 'Symbol(s)'],
    [function named() {}, '[function named]'],
    [{ a: [1, 'b'] }, '{"a":[1,"b"]}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ a: 5n, b: [undefined, NaN], c: { d: null } }, '{"a":5n,"b":[undefined,NaN],"c":{"d":null}}'],
  ])('shows %o', (value, shown) => {
    expect(quote(value)).toBe(shown);
  });

  test('shows an object that holds itself', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(quote(circle)).toBe('{"self":{"self":{"self":{"self":{...}}}}}');
  });

  // known bug: quote() itself throws a TypeError
  test('shows an object that has no JSON', () => {
    expect(quote({ toJSON: () => undefined })).toBe('[object Object]');
  });

  test('shows an object whose JSON cannot be made', () => {
    const failing = {
      toJSON() {
        throw new Error('no JSON');
      },
    };
    expect(quote(failing)).toBe('[object Object]');
  });

  test.each([
    ['a new line', '\n'],
    ['a carriage return', '\r'],
    ['a zero byte', '\0'],
    ['an escape', '\u001b'],
    ['a delete character', '\u007f'],
    ['a control sequence introducer', '\u009b'],
    ['a next line', '\u0085'],
    ['a line separator', '\u2028'],
    ['a paragraph separator', '\u2029'],
    ['a lone surrogate', '\ud83d'],
    ['an override of the writing direction', '\u202e'],
  ])('escapes %s, in texts and in objects', (_, character) => {
    expect(quote(`a${character}b`)).not.toContain(character);
    expect(quote(`a${character}b`)).toContain('a\\');
    expect(quote({ text: `a${character}b` })).not.toContain(character);
    expect(quote({ [`a${character}b`]: 1 })).not.toContain(character);
  });

  test('is cut when it is long, whatever it is', () => {
    const long = 'n'.repeat(10_000);
    const values = [long, { long }, [long], Symbol(long), '\0'.repeat(10_000), '漢'.repeat(10_000)];
    for (const value of values) {
      expect(quote(value).length).toBeLessThanOrEqual(220);
      expect(Buffer.byteLength(quote(value))).toBeLessThanOrEqual(300);
      expect(quote(value)).toMatch(/\.\.\.$/);
    }
  });
});

test('a bigint of very many digits is not written out', () => {
  expect(quote(10n ** 5000n)).toBe('a bigint of more than 60 digits');
  expect(quote(-(10n ** 5000n))).toBe('a bigint of more than 60 digits');
});

describe('every error of the module', () => {
  const made = [
    new errors.InvalidOptionsError('m'),
    new errors.InvalidCounterNameError('a', 'm'),
    new errors.InvalidArgumentError('m'),
    new errors.CounterOverflowError('a'),
    new errors.UnsafeCountError('a', 5n),
    new errors.BackpressureError(5, 1000),
    new errors.NewCounterLimitError('a', 'b'),
    new errors.OutcomeUnknownError('m'),
    new errors.IdempotencyConflictError('a', 'k'),
    new errors.CacheUnavailableError('m'),
    new errors.DatabaseUnavailableError('m'),
    new errors.QueueCountMismatchError('m'),
    new errors.TimeZoneMismatchError('m'),
    new errors.RedisMismatchError('m'),
    new errors.DatabaseMismatchError('m'),
    new errors.ProtocolMismatchError('n', '2'),
    new errors.UnexpectedError('m', { cause: new TypeError('c') }),
    new errors.FlushTimeoutError('m'),
    new errors.ChangesMissedError('m'),
    new errors.ShutDownError(),
  ];

  test('is a FastCounterError with a name and a code of its own', () => {
    const classes = Object.values(errors).filter(
      (it) => typeof it === 'function' && it.prototype instanceof errors.FastCounterError,
    );
    expect(new Set(made.map((error) => error.constructor))).toEqual(new Set(classes));
    expect(new Set(made.map(({ code }) => code)).size).toBe(made.length);
    for (const error of made) {
      expect(error).toBeInstanceOf(errors.FastCounterError);
      expect(error.name).toBe(error.constructor.name);
      expect(error.message).toMatch(/^\[fastcounter\] /);
    }
  });

  test('keeps its cause', () => {
    const cause = new Error('why');
    expect(new errors.OutcomeUnknownError('m', { cause }).cause).toBe(cause);
    expect(new errors.CacheUnavailableError('m', { cause }).cause).toBe(cause);
  });

  test('shows names and keys escaped and cut', () => {
    const name = `a\n${'n'.repeat(1000)}`;
    const shown = [
      new errors.CounterOverflowError(name),
      new errors.UnsafeCountError(name, 5n),
      new errors.InvalidCounterNameError(name, 'm'),
      new errors.IdempotencyConflictError(name, name),
    ];
    for (const { message } of shown) {
      expect(message).not.toContain('\n');
      expect(message.length).toBeLessThan(700);
    }
  });

  test('an unanswered call may have run, unless the cache says that it did not', () => {
    expect(new errors.CacheUnavailableError('m').mayHaveRun).toBe(true);
    expect(new errors.CacheUnavailableError('m', { mayHaveRun: false }).mayHaveRun).toBe(false);
  });
});
