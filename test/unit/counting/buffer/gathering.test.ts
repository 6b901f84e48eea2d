import { describe, expect, test } from 'vitest';
import { CounterOverflowError } from '../../../../lib/errors.js';
import { startCounting } from '../../../support/counting.js';

const MAX = 2n ** 63n - 1n;
const interval = 60_000;

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `counter-${index}`);

describe('increments that gather', () => {
  test('in one turn of the event loop are one entry of one call', async () => {
    const { buffer, cache, counted } = await startCounting();
    const promises = Array.from({ length: 1000 }, () => buffer.add('a', 1, interval));
    expect(new Set(promises).size).toBe(1);
    expect(buffer.size).toBe(1);
    await Promise.all(promises);
    expect(cache.sent()).toMatchObject([[{ name: 'a', value: '1000' }]]);
    expect(await counted('a')).toBe(1000n);
    expect(buffer.size).toBe(0);
  });

  test('during a call go next, as one entry a counter', async () => {
    const { buffer, cache, counted } = await startCounting();
    cache.holdBack();
    const first = buffer.add('a', 1, interval);
    await cache.called(1);
    const later = Array.from({ length: 10 }, () => buffer.add('a', 2, interval));
    const other = buffer.add('b', 5, interval);
    expect(new Set(later).size).toBe(1);
    expect(later[0]).not.toBe(first);
    cache.release();
    await Promise.all([first, ...later, other]);
    expect(cache.sent()).toMatchObject([
      [{ name: 'a', value: '1' }],
      [
        { name: 'a', value: '20' },
        { name: 'b', value: '5' },
      ],
    ]);
    expect(await counted('a')).toBe(21n);
  });

  test('are never under way in more than one call of a partition', async () => {
    const { buffer, cache } = await startCounting();
    cache.holdBack();
    const first = buffer.add('a', 1, interval);
    await cache.called(1);
    const later = numbered(2000).map((name) => buffer.add(name, 1, interval));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(cache.calls).toHaveLength(1);
    cache.release();
    await Promise.all([first, ...later]);
  });

  test('beyond five hundred counters go chunk after chunk', async () => {
    const { buffer, cache, counted } = await startCounting();
    await Promise.all(numbered(1201).map((name) => buffer.add(name, 1, interval)));
    expect(cache.sent().map((operations) => operations.length)).toEqual([500, 500, 201]);
    expect(cache.calls.map(({ seq }, index) => seq - index)).toEqual([2, 2, 2]);
    expect(await counted('counter-1200')).toBe(1n);
  });

  test('join an entry that waits behind a full chunk', async () => {
    const { buffer, cache, counted } = await startCounting();
    cache.holdBack();
    const promises = numbered(501).map((name) => buffer.add(name, 1, interval));
    await cache.called(1);
    const taken = buffer.add('counter-0', 1, interval);
    const waiting = buffer.add('counter-500', 1, interval);
    expect(waiting).toBe(promises[500]);
    expect(taken).not.toBe(promises[0]);
    cache.release();
    await Promise.all([...promises, taken, waiting]);
    expect([await counted('counter-0'), await counted('counter-500')]).toEqual([2n, 2n]);
    expect(cache.sent()[1]).toMatchObject([
      { name: 'counter-500', value: '2' },
      { name: 'counter-0', value: '1' },
    ]);
  });

  test('of one partition do not wait for another', async () => {
    const { buffer, cache, counted } = await startCounting({ partitions: 5 });
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    cache.faults.push(async (run) => {
      await slow;
      return run();
    });
    const waiting = buffer.add('a', 1, interval);
    await cache.called(1);
    await buffer.add('A', 1, interval);
    expect([await counted('a'), await counted('A')]).toEqual([0n, 1n]);
    answer();
    await waiting;
    expect(await counted('a')).toBe(1n);
  });

  test('go to the cache of their partition, all at the same time', async () => {
    const { buffer, cache, counted } = await startCounting({ partitions: 5 });
    cache.holdBack();
    const promises = numbered(500).map((name) => buffer.add(name, 1, interval));
    await cache.called(5);
    cache.release();
    await Promise.all(promises);
    expect(cache.calls).toHaveLength(5);
    const counts = await Promise.all(numbered(500).map(counted));
    expect(counts).toEqual(numbered(500).map(() => 1n));
  });

  test('keep the smallest interval', async () => {
    const { buffer, cache } = await startCounting();
    await Promise.all([5000, 300, 9000].map((each) => buffer.add('a', 1, each)));
    expect(cache.sent()).toMatchObject([[{ name: 'a', value: '3', interval: 300 }]]);
  });

  test('of many sizes are summed exactly', async () => {
    const { buffer, counted } = await startCounting();
    const deltas = [2 ** 53 - 1, 2 ** 53 - 1, 7n, -3, 2n ** 60n, -(2n ** 59n)];
    await Promise.all(deltas.map((delta) => buffer.add('a', delta, interval)));
    expect(await counted('a')).toBe(deltas.reduce<bigint>((sum, delta) => sum + BigInt(delta), 0n));
  });

  test('wake a worker when the cache asks for it', async () => {
    const { buffer, triggers } = await startCounting();
    await buffer.add('a', 1, 0);
    await buffer.add('b', 1, interval);
    expect(triggers).toEqual([{ partition: 0, delay: 0 }]);
  });

  test('are reported call by call', async () => {
    const { buffer, events } = await startCounting();
    const reports: unknown[] = [];
    events.on('acknowledged', (report) => reports.push(report));
    await Promise.all(numbered(600).map((name) => buffer.add(name, 1, interval)));
    expect(reports).toEqual([
      { partition: 0, operations: 500 },
      { partition: 0, operations: 100 },
    ]);
  });
});

describe('an increment that overflows', () => {
  test('the entry that it would join throws, and the entry is sent without it', async () => {
    const { buffer, counted } = await startCounting();
    const first = buffer.add('a', MAX, interval);
    expect(() => buffer.add('a', 1, interval)).toThrow(CounterOverflowError);
    expect(() => void buffer.addAndGet('a', 1n, interval)).toThrow(CounterOverflowError);
    const last = buffer.add('a', -5, interval);
    await Promise.all([first, last]);
    expect(await counted('a')).toBe(MAX - 5n);
  });

  test('the counter rejects, and the others of its call are counted', async () => {
    const { buffer, counted } = await startCounting();
    await buffer.add('full', MAX, interval);
    const full = buffer.add('full', 1, interval);
    const others = numbered(10).map((name) => buffer.add(name, 1, interval));
    await expect(full).rejects.toThrow(CounterOverflowError);
    await expect(full).rejects.toMatchObject({ counter: 'full' });
    await Promise.all(others);
    expect(await counted('counter-9')).toBe(1n);
    expect(await counted('full')).toBe(MAX);
  });
});

describe('an idempotency key', () => {
  test('keeps its increment apart from all others', async () => {
    const { buffer, cache, counted } = await startCounting();
    await Promise.all([
      buffer.add('a', 1, interval),
      buffer.add('a', 2, interval, 'k1'),
      buffer.add('a', 3, interval),
      buffer.add('a', 4, interval, 'k2'),
      buffer.add('a', 2, interval, 'k1'),
      buffer.add('a', 5, interval),
    ]);
    expect(cache.sent()[0]?.map(({ value, idempotencyKey }) => [value, idempotencyKey])).toEqual([
      ['1', undefined],
      ['2', 'k1'],
      ['3', undefined],
      ['4', 'k2'],
      ['2', 'k1'],
      ['5', undefined],
    ]);
    expect(await counted('a')).toBe(15n);
  });

  test('that is known with another delta rejects that increment alone', async () => {
    const { buffer, counted } = await startCounting();
    const first = buffer.add('a', 2, interval, 'k');
    const conflict = buffer.add('a', 3, interval, 'k');
    const plain = buffer.add('a', 1, interval);
    await expect(conflict).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      counter: 'a',
      idempotencyKey: 'k',
    });
    await Promise.all([first, plain]);
    expect(await counted('a')).toBe(3n);
  });
});
