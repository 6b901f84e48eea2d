import { expect, test } from 'vitest';
import { keyDigest, onceDigest } from '../../../lib/cache/key-digest.js';
import {
  fieldOfKey,
  forgetExpiredKeys,
  forgetKeysOf,
  type IdempotencyKeys,
  type KnownKey,
  knownKey,
  noKeys,
  rememberKey,
} from '../../../lib/cache/memory/state/idempotency-keys.js';

/** Keys whose look-ups are counted. */
function countedKeys(): { keys: IdempotencyKeys; looks: () => number } {
  let looks = 0;
  class Counted extends Map<string, KnownKey> {
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

const remember = (keys: IdempotencyKeys, key: string, delta: string, now: number, ttl: number) =>
  rememberKey(keys, { counter: 'a', field: fieldOfKey(keys, 'a', key, now) }, { delta }, now, ttl);

const deltaOf = (keys: IdempotencyKeys, key: string, now: number) =>
  knownKey(keys, fieldOfKey(keys, 'a', key, now), now)?.delta;

test('what expires is forgotten without a look at what does not', () => {
  const { keys, looks } = countedKeys();
  for (let index = 0; index < 10_000; index++) remember(keys, `late-${index}`, '1', 0, 600_000);
  for (let index = 0; index < 10; index++) remember(keys, `soon-${index}`, '1', 0, 1_000);
  const before = looks();
  forgetExpiredKeys(keys, 2_000, 1_000);
  expect(keys.known.size).toBe(10_000);
  expect(looks() - before).toBeLessThanOrEqual(10);
});

test('no more is forgotten at once than was asked for', () => {
  const keys = noKeys();
  for (let index = 0; index < 100; index++) remember(keys, `k${index}`, '1', 0, 1_000);
  forgetExpiredKeys(keys, 2_000, 30);
  expect(keys.known.size).toBe(70);
  for (let times = 0; times < 3; times++) forgetExpiredKeys(keys, 2_000, 30);
  expect(keys.known.size).toBe(0);
  expect(keys.due.size).toBe(0);
});

test('a key that expired and came again is known until its new time', () => {
  const keys = noKeys();
  remember(keys, 'k', '1', 0, 1_000);
  remember(keys, 'k', '2', 1_500, 10_000);
  forgetExpiredKeys(keys, 5_000, 100);
  expect(deltaOf(keys, 'k', 5_000)).toBe('2');
  forgetExpiredKeys(keys, 20_000, 100);
  expect(keys).toEqual({ ...noKeys(), last: 11_500 });
});

test('a key has one place in the lists, however often it comes', () => {
  const keys = noKeys();
  for (let now = 0; now < 1_000; now++) remember(keys, 'k', '1', now, 10_000);
  expect([...keys.due.values()].flat()).toEqual(['k']);
  forgetExpiredKeys(keys, 10_600, 100);
  expect(deltaOf(keys, 'k', 10_600)).toBe('1');
  expect([...keys.due.values()].flat()).toEqual(['k']);
  forgetExpiredKeys(keys, 20_000, 100);
  expect(keys.known.size + keys.due.size).toBe(0);
});

test('keys of many lifetimes share few lists', () => {
  const keys = noKeys();
  // all expire at one moment, as at midnight
  for (let ttl = 1; ttl <= 100_000; ttl += 7) remember(keys, `k${ttl}`, '1', 100_000 - ttl, ttl);
  expect(keys.due.size).toBeLessThan(20);
});

test('a deletion is known as long as any key from before it, or since', () => {
  const keys = noKeys();
  forgetKeysOf(keys, 'a', 0);
  // no key was known
  expect(keys).toEqual(noKeys());
  remember(keys, 'before', '1', 0, 1_000);
  forgetKeysOf(keys, 'a', 100);
  expect(deltaOf(keys, 'before', 100)).toBeUndefined();
  remember(keys, 'since', '1', 500, 1_000);
  forgetExpiredKeys(keys, 1_200, 100);
  expect(deltaOf(keys, 'since', 1_200)).toBe('1');
  forgetKeysOf(keys, 'a', 1_300);
  expect(deltaOf(keys, 'since', 1_300)).toBeUndefined();
  forgetExpiredKeys(keys, 5_000, 100);
  expect(keys).toEqual({ ...noKeys(), last: 1_500 });
});

test('the digest of a key tells counters and keys apart, and is short', () => {
  const digests = ['a', 'b', 'ab'].flatMap((counter) =>
    ['b', 'ab', '\0b', 'x'.repeat(255), '\u{1f600}'].map((key) => keyDigest(counter, key)),
  );
  expect(new Set(digests).size).toBe(digests.length);
  for (const digest of digests) expect(digest).toMatch(/^[\w-]{22}$/);
  expect(onceDigest('a', 'b')).toMatch(/^[\da-f]{20}$/);
});
