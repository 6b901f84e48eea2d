import { describe, expect, test } from 'vitest';
import { checkCounterName, MAX_NAME_LENGTH } from '../../../lib/input/counter-name.js';
import { InvalidCounterNameError } from '../../../lib/errors.js';

const check = (name: unknown): void => checkCounterName(name);
/** Written in escapes, so that an editor cannot change it. */
const composed = '\u00e1';
const decomposed = 'a\u0301';
const astral = '\u{1f600}';

describe('a counter name is taken', () => {
  test.each([
    ['one character', 'a'],
    ['a digit', '0'],
    ['special to JavaScript', '__proto__'],
    ['special to JavaScript', 'constructor'],
    ['colons', 'a:b::c'],
    ['braces', '{x}'],
    ['inner white space', 'with space inside'],
    ['inner wide space', 'a\u3000b'],
    ['inner no-break space', 'a\u00a0b'],
    ['quotes and backslashes', `"'\`\\`],
    ['letters beyond ASCII in composed form', composed],
    ['letters that have no composed form', 'x\u0301'],
    ['characters beyond the basic plane', astral],
    ['an emoji of several code points', '\u{1f469}\u200d\u{1f467}'],
    ['right-to-left letters', '\u05d0\u05d1'],
    ['as many characters as allowed', 'n'.repeat(191)],
    ['as many astral characters as allowed', astral.repeat(191)],
    ['as many characters as allowed, of both kinds', `${'n'.repeat(100)}${astral.repeat(91)}`],
  ])('with %s', (_, name) => {
    expect(() => check(name)).not.toThrow();
  });

  test('in every printable ASCII character', () => {
    for (let code = 0x21; code <= 0x7e; code++) {
      expect(() => check(String.fromCharCode(code))).not.toThrow();
    }
  });
});

describe('a counter name is refused', () => {
  test.each([
    ['when it is empty', '', 'must not be empty'],
    ['beyond 191 characters', 'n'.repeat(192), 'has more than 191 characters'],
    ['beyond 191 astral characters', astral.repeat(192), 'has more than 191 characters'],
    [
      'beyond 191 characters of both kinds',
      `${'n'.repeat(191)}${astral}`,
      'has more than 191 characters',
    ],
    ['with white space before it', ' a', 'must not begin or end with white space'],
    ['with white space behind it', 'a ', 'must not begin or end with white space'],
    ['that is white space', ' ', 'must not begin or end with white space'],
    ['with no-break space before it', '\u00a0a', 'must not begin or end with white space'],
    ['with wide space behind it', 'a\u3000', 'must not begin or end with white space'],
    ['with a line separator behind it', 'a\u2028', 'must not begin or end with white space'],
    ['with a byte order mark before it', '\ufeffa', 'must not begin or end with white space'],
    ['with a high surrogate alone', 'a\ud83db', 'a lone surrogate'],
    ['with a low surrogate alone', '\ude00', 'a lone surrogate'],
    ['with surrogates in the wrong order', '\ude00\ud83d', 'a lone surrogate'],
    [
      'in decomposed form',
      decomposed,
      "must be in Unicode normalization form C: use name.normalize('NFC')",
    ],
    ['with a character that NFC replaces', '\u212b', 'normalization form C'],
    ['with a new line', 'a\nb', 'must not hold control characters'],
    ['with a new line behind it', 'a\n', 'must not'],
    ['with a zero byte', 'a\0b', 'must not hold control characters'],
    ['with an escape', '\u001b[31m', 'must not hold control characters'],
    ['with a delete character', 'a\u007f', 'must not hold control characters'],
    [
      'with a control character of the second block',
      'a\u009bb',
      'must not hold control characters',
    ],
  ])('%s', (_, name, reason) => {
    expect(() => check(name)).toThrow(InvalidCounterNameError);
    expect(() => check(name)).toThrow(reason);
  });

  test.each([
    [undefined, 'must be a string, not undefined'],
    [null, 'must be a string, not null'],
    [42, 'Counter name 42 must be a string, not number'],
    [Symbol('a'), 'must be a string, not symbol'],
    [['a'], 'Counter name ["a"] must be a string, not object'],
    [{ toString: () => 'a' }, 'must be a string, not object'],
  ])('when it is %o, no string', (name, message) => {
    expect(() => check(name)).toThrow(InvalidCounterNameError);
    expect(() => check(name)).toThrow(message);
  });

  test('with an error that holds the name, and shows it escaped and cut', () => {
    const name = `line\n${'n'.repeat(1000)}`;
    try {
      check(name);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_COUNTER_NAME', counter: name });
      expect((error as Error).message).toContain(String.raw`"line\n`);
      expect((error as Error).message.length).toBeLessThan(400);
    }
  });

  test('as long as it would not fit a utf8mb4 key', () => {
    expect(MAX_NAME_LENGTH).toBe(191);
  });
});
