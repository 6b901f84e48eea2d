import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  BackpressureError,
  InvalidArgumentError,
  OutcomeUnknownError,
} from '../../../../lib/errors.js';
import { startCounting } from '../../../support/counting.js';
import { lostAnswer } from '../../../support/faulty-cache.js';

const interval = 60_000;

async function full(limit = 3) {
  const counting = await startCounting({ limit });
  const { buffer, cache } = counting;
  cache.holdBack();
  const waiting = Array.from({ length: limit }, (_, index) => buffer.add(`${index}`, 1, interval));
  await cache.called(1);
  return { ...counting, waiting };
}

describe('a buffer that is full', () => {
  test('takes no further counter, and says when to try again', async () => {
    const { buffer, cache, waiting } = await full();
    const adding = () => buffer.add('one too many', 1, interval);
    expect(adding).toThrow(BackpressureError);
    expect(adding).toThrow('maxBufferedNames');
    try {
      void adding();
    } catch (error) {
      expect(error).toMatchObject({ code: 'BACKPRESSURE', limit: 3, retryAfter: 1000 });
    }
    expect(() => void buffer.addAndGet('x', 1, interval)).toThrow(BackpressureError);
    expect(() => void buffer.replace('set', 'x', 1n, interval)).toThrow(BackpressureError);
    expect(() => void buffer.add('0', 1, interval, 'k')).toThrow(BackpressureError);
    expect(buffer.size).toBe(3);
    cache.release();
    await Promise.all(waiting);
  });

  test('counts what is under way, so that it never grows beyond its limit', async () => {
    const { buffer, cache, counted, waiting } = await full();
    // these counters are under way: another increment of theirs would be a fourth entry
    expect(() => void buffer.add('0', 1, interval)).toThrow(BackpressureError);
    cache.release();
    await Promise.all(waiting);
    expect(await counted('0')).toBe(1n);
  });

  test('still takes increments of counters that wait in it', async () => {
    const { buffer, cache, counted } = await startCounting({ limit: 2 });
    cache.holdBack();
    const first = buffer.add('a', 1, interval);
    await cache.called(1);
    const waiting = Array.from({ length: 100 }, () => buffer.add('b', 1, interval));
    expect(() => void buffer.add('c', 1, interval)).toThrow(BackpressureError);
    cache.release();
    await Promise.all([first, ...waiting]);
    expect(await counted('b')).toBe(100n);
  });

  test('counts every caller that waits for a total of its own', async () => {
    const { buffer, cache, counted } = await startCounting({ limit: 10 });
    cache.holdBack();
    const first = buffer.add('a', 1, interval);
    await cache.called(1);
    const waiting = Array.from({ length: 9 }, () => buffer.addAndGet('b', 1, interval));
    expect(buffer.size).toBe(10);
    expect(() => void buffer.addAndGet('b', 1, interval)).toThrow(BackpressureError);
    const shared = buffer.add('b', 1, interval);
    cache.release();
    expect(await Promise.all(waiting)).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
    await Promise.all([first, shared]);
    expect(await counted('b')).toBe(10n);
    expect(buffer.size).toBe(0);
  });

  test('takes counters again when the cache has answered', async () => {
    const { buffer, cache, counted, waiting } = await full();
    expect(() => void buffer.add('later', 1, interval)).toThrow(BackpressureError);
    cache.release();
    await Promise.all(waiting);
    expect(buffer.size).toBe(0);
    await buffer.add('later', 1, interval);
    expect(await counted('later')).toBe(1n);
  });

  test('is reported once, also with room now and then, and once more after ten seconds without a refusal', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { buffer, cache, events, waiting } = await full();
    const reports: unknown[] = [];
    events.on('backpressure', (report) => reports.push(report));
    const refuse = () =>
      expect(() => void buffer.add('more', 1, interval)).toThrow(BackpressureError);
    for (let tries = 0; tries < 5; tries++) refuse();
    cache.release();
    await Promise.all(waiting);
    expect(buffer.slots.refusingSince).toBeInstanceOf(Date);
    for (let rounds = 0; rounds < 20; rounds++) {
      vi.advanceTimersByTime(9000);
      cache.holdBack();
      const taken = ['a', 'b', 'c'].map((name) => buffer.add(name, 1, interval));
      refuse();
      cache.release();
      await Promise.all(taken);
    }
    expect(reports).toEqual([{ limit: 3 }]);
    vi.advanceTimersByTime(10_000);
    expect(buffer.slots.refusingSince).toBeUndefined();
    cache.holdBack();
    for (const name of ['a', 'b', 'c']) void buffer.add(name, 1, interval);
    refuse();
    expect(reports).toEqual([{ limit: 3 }, { limit: 3 }]);
    cache.release();
  });

  test('has room again after increments that were refused', async () => {
    const { buffer, cache } = await startCounting({ limit: 1 });
    cache.faults.push(() => Promise.resolve({ status: 'interrupted' }));
    await expect(buffer.add('a', 1, interval)).rejects.toThrow(OutcomeUnknownError);
    await expect(buffer.add('a', 2n ** 63n - 1n, interval)).resolves.toBeUndefined();
    await expect(buffer.add('a', 1, interval)).rejects.toThrow('would leave');
    await expect(buffer.add('b', 1, interval)).resolves.toBeUndefined();
  });

  test('is known before many increments are taken, all or none', async () => {
    const { buffer } = await startCounting({ limit: 3 });
    expect(() => buffer.expectRoomFor(3)).not.toThrow();
    void buffer.add('a', 1, interval);
    expect(() => buffer.expectRoomFor(3)).toThrow(BackpressureError);
    await buffer.whenSettled();
    expect(() => buffer.expectRoomFor(3)).not.toThrow();
  });
});

describe('more increments than the buffer can ever hold', () => {
  test('are refused as an invalid argument: trying again is of no use', async () => {
    const { buffer } = await startCounting({ limit: 3 });
    expect(() => buffer.expectRoomFor(4)).toThrow(InvalidArgumentError);
    expect(() => buffer.expectRoomFor(4)).toThrow(
      'the buffer has 3 places (option maxBufferedNames)',
    );
  });
});

describe('an increment that is not acknowledged in time', () => {
  test('rejects, and is delivered all the same, once', async () => {
    const { buffer, cache, counted, events } = await startCounting();
    const reports: unknown[] = [];
    events.on('outcomeUnknown', (report) => reports.push(report));
    cache.faults.push(lostAnswer);
    cache.holdBack();
    const promises = [
      buffer.add('a', 5, interval),
      buffer.addAndGet('b', 1, interval),
      buffer.replace('set', 'c', 1n, interval),
    ];
    await cache.called(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    buffer.rejectLate(1);
    for (const promise of promises) {
      await expect(promise).rejects.toThrow(OutcomeUnknownError);
      await expect(promise).rejects.toThrow('it may still be counted');
    }
    expect(reports).toMatchObject([{ partition: 0, operations: 3 }]);
    cache.release();
    await buffer.whenSettled();
    expect([await counted('a'), await counted('b'), await counted('c')]).toEqual([5n, 1n, 1n]);
    expect(buffer.size).toBe(0);
  });

  test('rejects also while it waits for its turn, and those who join later wait anew', async () => {
    const { buffer, cache, counted } = await startCounting();
    cache.holdBack();
    const first = buffer.add('a', 1, interval);
    await cache.called(1);
    const early = buffer.add('b', 1, interval);
    await new Promise((resolve) => setTimeout(resolve, 5));
    buffer.rejectLate(1);
    const late = buffer.add('b', 10, interval);
    for (const promise of [first, early]) {
      await expect(promise).rejects.toThrow(OutcomeUnknownError);
    }
    cache.release();
    await late;
    expect([await counted('a'), await counted('b')]).toEqual([1n, 11n]);
  });

  test('rejects also while its persisted value is read', async () => {
    const { buffer, store } = await startCounting();
    store.beforeRead = () => new Promise(() => undefined);
    const plain = buffer.add('a', 1, interval);
    const total = buffer.addAndGet('a', 1, interval);
    await expect.poll(() => store.reads).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    buffer.rejectLate(1);
    await expect(plain).rejects.toThrow(OutcomeUnknownError);
    await expect(total).rejects.toThrow(OutcomeUnknownError);
  });

  test('does not reject before its time', async () => {
    const { buffer, cache } = await startCounting();
    cache.holdBack();
    const waiting = buffer.add('a', 1, interval);
    await cache.called(1);
    buffer.rejectLate(60_000);
    cache.release();
    await expect(waiting).resolves.toBeUndefined();
  });
});
