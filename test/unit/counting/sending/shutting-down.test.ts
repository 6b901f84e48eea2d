import { Logger } from '@nestjs/common';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { OutcomeUnknownError, ShutDownError } from '../../../../lib/errors.js';
import { startCounting } from '../../../support/counting.js';
import { lostCall, refused } from '../../../support/faulty-cache.js';

const interval = 60_000;

describe('a buffer that is closed', () => {
  test('takes nothing more, of counters that wait in it neither', async () => {
    const { buffer, counted } = await startCounting();
    const before = buffer.add('a', 1, interval);
    buffer.close();
    expect(() => void buffer.add('a', 1, interval)).toThrow(ShutDownError);
    expect(() => void buffer.add('b', 1, interval)).toThrow(ShutDownError);
    expect(() => void buffer.addAndGet('a', 1, interval)).toThrow(ShutDownError);
    expect(() => void buffer.replace('set', 'a', 1n, interval)).toThrow(ShutDownError);
    expect(() => buffer.expectRoomFor(1)).toThrow(ShutDownError);
    expect(buffer.joinable('a')).toBeUndefined();
    await before;
    expect(await counted('a')).toBe(1n);
  });

  test('sends what it has, through whatever fails meanwhile', async () => {
    const { buffer, cache, counted } = await startCounting();
    cache.faults.push(refused, lostCall, refused);
    const names = Array.from({ length: 1100 }, (_, index) => `counter-${index}`);
    const promises = names.map((name) => buffer.add(name, 1, interval));
    buffer.close();
    await buffer.whenSettled();
    await Promise.all(promises);
    expect(await counted('counter-1099')).toBe(1n);
    expect(buffer.size).toBe(0);
  });
});

describe('waiting until everything is sent', () => {
  test('ends at once when nothing waits', async () => {
    const { buffer } = await startCounting({ partitions: 5 });
    await expect(buffer.whenSettled()).resolves.toBeUndefined();
  });

  test('waits for what was called before, in every partition', async () => {
    const { buffer, counted } = await startCounting({ partitions: 5 });
    const names = Array.from({ length: 3000 }, (_, index) => `counter-${index}`);
    for (const name of names) void buffer.add(name, 1, interval);
    await buffer.whenSettled();
    const counts = await Promise.all(names.map(counted));
    expect(counts.every((count) => count === 1n)).toBe(true);
  });

  test('does not wait for what was called later', async () => {
    const { buffer, cache } = await startCounting();
    cache.holdBack();
    void buffer.add('a', 1, interval);
    await cache.called(1);
    const sent = buffer.whenSettled();
    cache.faults.push(() => new Promise(() => undefined));
    void buffer.add('b', 1, interval);
    cache.release();
    await sent;
    expect(buffer.size).toBe(1);
  });

  test('waits for a counter whose persisted value is being read, whatever overtakes it', async () => {
    const { buffer, store } = await startCounting();
    let read: () => void = () => undefined;
    store.beforeRead = () => new Promise<void>((resolve) => (read = resolve));
    const total = buffer.addAndGet('cold', 1, interval);
    await expect.poll(() => store.reads).toBe(1);
    let ended = false;
    const sent = buffer.whenSettled().then(() => (ended = true));
    for (let round = 0; round < 5; round++) await buffer.add('other', 1, interval);
    expect(ended).toBe(false);
    read();
    expect(await total).toBe(1n);
    await sent;
  });

  test('ends also with what is refused', async () => {
    const { buffer, cache } = await startCounting();
    cache.faults.push(() => Promise.resolve({ status: 'interrupted' }));
    const failed = buffer.add('a', 1, interval);
    await buffer.whenSettled();
    await expect(failed).rejects.toThrow(OutcomeUnknownError);
  });
});

describe('a buffer that is abandoned', () => {
  test('tells how much was left, and rejects it', async () => {
    const { buffer, cache } = await startCounting();
    cache.faults.push(...Array.from({ length: 100 }, () => lostCall));
    const names = Array.from({ length: 700 }, (_, index) => `counter-${index}`);
    const promises = names.map((name) => buffer.add(name, 1, interval));
    await cache.called(2);
    buffer.close();
    expect(buffer.abandon()).toBe(700);
    // the first ones may have been counted, the last ones were never sent
    await expect(promises[0]).rejects.toThrow('the application shut down before Redis answered');
    await expect(promises[699]).rejects.toMatchObject({ code: 'SHUT_DOWN' });
    const calls = cache.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(cache.calls).toHaveLength(calls);
    expect(buffer.size).toBe(0);
  });
});

test('what is left is told in increments, however many of them share a place or take several', async () => {
  const { buffer, cache } = await startCounting();
  cache.faults.push(...Array.from({ length: 100 }, () => lostCall));
  const calls: Promise<unknown>[] = Array.from({ length: 10 }, () => buffer.add('a', 1, interval));
  calls.push(buffer.addAndGet('b', 1, interval), buffer.addAndGet('b', 1, interval));
  calls.push(buffer.add('c', 1, interval, 'key'), buffer.replace('set', 'd', 1n, interval));
  buffer.close();
  expect(buffer.abandon()).toBe(14);
  for (const call of calls) await expect(call).rejects.toThrow();
});

describe('failures that nobody awaits', () => {
  test('do not surface as unhandled rejections', async () => {
    const surfaced: unknown[] = [];
    const listener = (reason: unknown): void => void surfaced.push(reason);
    process.on('unhandledRejection', listener);
    try {
      const { buffer, cache, events, store } = await startCounting();
      const rejected: unknown[] = [];
      events.on('rejected', ({ error }) => rejected.push(error));
      store.beforeRead = () => Promise.reject(new Error('database away'));
      cache.faults.push(() => Promise.resolve({ status: 'interrupted' }));
      void buffer.add('a', 1, interval);
      void buffer.addAndGet('b', 1, interval);
      void buffer.replace('set', 'c', 1n, interval);
      await buffer.whenSettled();
      void buffer.add('a', 1, interval, 'k');
      void buffer.add('a', 2, interval, 'k');
      void buffer.addAndGet('cold', 1, interval);
      void buffer.replace('delete', 'cold', 0n, interval);
      await buffer.whenSettled();
      cache.holdBack();
      void buffer.add('late', 1, interval);
      await cache.called(3);
      await new Promise((resolve) => setTimeout(resolve, 5));
      buffer.rejectLate(1);
      buffer.abandon();
      cache.release();
      await buffer.whenSettled();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(rejected.length).toBeGreaterThanOrEqual(5);
    } finally {
      process.off('unhandledRejection', listener);
    }
    expect(surfaced).toEqual([]);
  });

  test('of listeners neither, and counting goes on', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    onTestFinished(() => logged.mockRestore());
    const { buffer, counted, events } = await startCounting();
    events.on('acknowledged', () => {
      throw new Error('in the listener');
    });
    await buffer.add('a', 1, interval);
    await buffer.add('a', 1, interval);
    expect(await counted('a')).toBe(2n);
  });
});
