import { expect, test } from 'vitest';
import { keyDigest } from '../../../lib/cache/key-digest.js';
import {
  deltaOfKey,
  forgetExpiredKeys,
  type IdempotencyKeys,
  noKeys,
  rememberKey,
} from '../../../lib/cache/memory/state/idempotency-keys.js';

/** Keys whose look-ups are counted. */
function countedKeys(): { keys: IdempotencyKeys; looks: () => number } {
  let looks = 0;
  class Counted extends Map<string, { delta: string; expires: number }> {
    override get(key: string) {
      looks++;
      return super.get(key);
    }
    override *[Symbol.iterator]() {
      for (const entry of super[Symbol.iterator]()) {
        looks++;
        yield entry;
      }
      return undefined;
    }
  }
  return { keys: { ...noKeys(), known: new Counted() }, looks: () => looks };
}

test('what expires is forgotten without a look at what does not', () => {
  const { keys, looks } = countedKeys();
  for (let index = 0; index < 10_000; index++) rememberKey(keys, `late-${index}`, '1', 0, 600_000);
  for (let index = 0; index < 10; index++) rememberKey(keys, `soon-${index}`, '1', 0, 1_000);
  const before = looks();
  forgetExpiredKeys(keys, 2_000, 1_000);
  expect(keys.known.size).toBe(10_000);
  expect(looks() - before).toBeLessThanOrEqual(10);
});

test('no more is forgotten at once than was asked for', () => {
  const keys = noKeys();
  for (let index = 0; index < 100; index++) rememberKey(keys, `k${index}`, '1', 0, 1_000);
  forgetExpiredKeys(keys, 2_000, 30);
  expect(keys.known.size).toBe(70);
  for (let times = 0; times < 3; times++) forgetExpiredKeys(keys, 2_000, 30);
  expect(keys.known.size).toBe(0);
  expect(keys.due.size).toBe(0);
});

test('a key that expired and came again is known until its new time', () => {
  const keys = noKeys();
  rememberKey(keys, 'k', '1', 0, 1_000);
  rememberKey(keys, 'k', '2', 1_500, 10_000);
  forgetExpiredKeys(keys, 5_000, 100);
  expect(deltaOfKey(keys, 'k', 5_000)).toBe('2');
  forgetExpiredKeys(keys, 20_000, 100);
  expect(keys).toEqual(noKeys());
});

test('the digest of a key tells counters and keys apart, and is short', () => {
  const digests = ['a', 'b', 'ab'].flatMap((counter) =>
    ['b', 'ab', '\0b', 'x'.repeat(255), '\u{1f600}'].map((key) => keyDigest(counter, key)),
  );
  expect(new Set(digests).size).toBe(digests.length);
  for (const digest of digests) expect(digest).toMatch(/^[\w-]{22}$/);
});
