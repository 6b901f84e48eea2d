import { describe, expect, test } from 'vitest';
import { plus, type Total, totalOf } from '../../../lib/words/int64.js';

const DIGITS = ['0', '1', '-1', '999999999999999', '-99999999999999', '9007199254740991'].concat([
  '9007199254740993',
  '-9223372036854775808',
  '9223372036854775807',
  '36893488147419103228',
]);

describe('totals', () => {
  test('of digits are exact, also beyond what a number holds', () => {
    for (const digits of DIGITS) expect(BigInt(totalOf(digits))).toBe(BigInt(digits));
  });

  test('are added exactly', () => {
    const totals: Total[] = DIGITS.flatMap((digits) => {
      const isSafe = Number.isSafeInteger(Number(digits));
      return isSafe ? [Number(digits), BigInt(digits)] : [BigInt(digits)];
    });
    for (const one of totals) {
      for (const other of totals) {
        expect(BigInt(plus(one, other))).toBe(BigInt(one) + BigInt(other));
      }
    }
  });
});
