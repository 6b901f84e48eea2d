import { describe, expect, test } from 'vitest';
import { answer } from '../../../lib/input/answer.js';
import { UnsafeCountError } from '../../../lib/errors.js';

const safe = BigInt(Number.MAX_SAFE_INTEGER);

describe('a total is answered', () => {
  test.each([0n, -0n, 5n, -5n, safe, -safe])('as a number, unless told: %s', (total) => {
    expect(answer('a', total, undefined)).toBe(Number(total));
    expect(answer('a', total, false)).toBe(Number(total));
  });

  test.each([0n, -5n, safe + 1n, 2n ** 63n - 1n, -(2n ** 63n)])('as a bigint: %s', (total) => {
    expect(answer('a', total, true)).toBe(total);
  });

  test.each([safe + 1n, -safe - 1n, safe + 2n, 2n ** 63n - 1n, -(2n ** 63n)])(
    'never rounded: %s',
    (total) => {
      try {
        answer('views', total, undefined);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(UnsafeCountError);
        expect(error).toMatchObject({ code: 'UNSAFE_COUNT', counter: 'views', value: total });
        expect((error as Error).message).toContain(`Counter "views" is ${total}`);
        expect((error as Error).message).toContain('{ bigint: true }');
      }
    },
  );
});
