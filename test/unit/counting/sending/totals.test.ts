import { describe, expect, test } from 'vitest';
import { CacheUnavailableError } from '../../../../lib/errors.js';
import { bucketName } from '../../../../lib/words/bucket-name.js';
import { startCounting } from '../../../support/counting.js';

const interval = 60_000;

test('an undo that the cache finds cold waits for the buckets that its key counted in, and so does what follows', async () => {
  const { buffer, cache, store, counted } = await startCounting();
  const once = { key: 'k', within: interval };
  const windows = ['day'] as const;
  const counts = buffer.enter({ name: 'a', once, windows }, interval);
  await counts.acknowledged;
  const buckets = counts.windows?.moment.suffixes;
  cache.faults.push(() =>
    Promise.resolve({
      status: 'applied',
      outcomes: new Map([
        [0, { kind: 'cold', buckets }],
        [1, { kind: 'behind' }],
      ]),
    }),
  );
  const asked: string[] = [];
  store.beforeRead = (names) => {
    asked.push(...names);
    return Promise.resolve();
  };
  const undone = buffer.undo('a', once, interval);
  const behind = buffer.add('a', 5, interval);
  await Promise.all([undone.acknowledged, behind]);
  expect(undone.refused).toBe(false);
  expect(asked).toEqual(['a', ...(buckets ?? []).map((suffix) => bucketName('a', suffix))]);
  expect(await counted('a')).toBe(5n);
});

describe('increments that ask for their total', () => {
  test('get distinct totals in the order of their calls, also with plain ones between', async () => {
    const { buffer, store } = await startCounting();
    store.put('a', 1000n);
    const totals = [];
    for (let index = 0; index < 50; index++) {
      totals.push(buffer.addAndGet('a', 2, interval));
      void buffer.add('a', 1, interval);
    }
    expect(await Promise.all(totals)).toEqual(
      Array.from({ length: 50 }, (_, index) => 1002n + 3n * BigInt(index)),
    );
  });

  test('get distinct totals over many calls to the cache', async () => {
    const { buffer, cache } = await startCounting();
    const totals: bigint[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let round = 0; round < 10; round++) {
          totals.push(await buffer.addAndGet('a', 1, interval));
        }
      }),
    );
    expect(totals.sort((a, b) => Number(a - b))).toEqual(
      Array.from({ length: 200 }, (_, index) => BigInt(index + 1)),
    );
    expect(cache.calls.length).toBeGreaterThan(1);
  });

  test('get totals beyond 2^53 and below zero exactly', async () => {
    const { buffer, store } = await startCounting();
    store.put('a', 2n ** 62n);
    store.put('b', 1n);
    const total = (name: string, delta: number | bigint) => buffer.addAndGet(name, delta, interval);
    expect(await Promise.all([total('a', 1), total('a', 1n), total('b', -5)])).toEqual([
      2n ** 62n + 1n,
      2n ** 62n + 2n,
      -4n,
    ]);
  });

  test('join the entry of plain increments', async () => {
    const { buffer, cache } = await startCounting();
    await buffer.addAndGet('a', 1, interval);
    cache.calls.length = 0;
    const plain = buffer.add('a', 10, interval);
    const total = buffer.addAndGet('a', 1, interval);
    expect(await total).toBe(12n);
    await plain;
    expect(cache.sent()).toMatchObject([[{ name: 'a', value: '11', total: true }]]);
  });

  test('with a key get the total of then, and of now when they are repeated', async () => {
    const { buffer } = await startCounting();
    expect(await buffer.addAndGet('a', 5, interval, 'k')).toBe(5n);
    await buffer.add('a', 100, interval);
    expect(await buffer.addAndGet('a', 5, interval, 'k')).toBe(105n);
  });
});

describe('exact writes and increments that are called together', () => {
  test('happen in the order of their calls', async () => {
    const { buffer, store } = await startCounting();
    store.put('a', 7n);
    await buffer.addAndGet('a', 1, interval);
    const answers = await Promise.all([
      buffer.addAndGet('a', 1, interval),
      buffer.replace('set', 'a', 100n, interval),
      buffer.addAndGet('a', 5, interval),
      buffer.replace('delete', 'a', 0n, interval),
      buffer.addAndGet('a', 2, interval),
      buffer.replace('set', 'a', -3n, interval),
      buffer.addAndGet('a', 1, interval),
    ]);
    expect(answers).toEqual([9n, 9n, 105n, 105n, 2n, 2n, -2n]);
  });

  test('are not merged over an exact write', async () => {
    const { buffer, cache } = await startCounting();
    await buffer.addAndGet('a', 1, interval);
    cache.calls.length = 0;
    await Promise.all([
      buffer.add('a', 1, interval),
      buffer.add('a', 1, interval),
      buffer.replace('set', 'a', 5n, interval),
      buffer.add('a', 1, interval),
      buffer.add('a', 1, interval),
      buffer.replace('delete', 'a', 0n, interval),
      buffer.replace('delete', 'a', 0n, interval),
    ]);
    const sent = cache.sent().flat();
    expect(sent.map(({ kind, value }) => `${kind} ${value}`)).toEqual([
      'add 2',
      'set 5',
      'add 2',
      'delete 0',
      'delete 0',
    ]);
  });

  test('leave what was not called after a set at its value', async () => {
    const { buffer, counted } = await startCounting();
    await buffer.add('a', 50, interval);
    expect(await buffer.replace('set', 'a', 2n ** 62n, interval)).toBe(50n);
    expect(await counted('a')).toBe(2n ** 62n);
    expect(await buffer.replace('set', 'a', 0n, interval)).toBe(2n ** 62n);
  });
});

describe('a counter whose persisted value is not cached', () => {
  test('is read once and written then', async () => {
    const { buffer, store, counted } = await startCounting();
    store.put('a', 40n);
    const totals = [1, 1].map((delta) => buffer.addAndGet('a', delta, interval));
    expect(await Promise.all(totals)).toEqual([41n, 42n]);
    expect(store.reads).toBe(1);
    expect(await buffer.addAndGet('a', 1, interval)).toBe(43n);
    expect(store.reads).toBe(1);
    expect(await counted('a')).toBe(3n);
  });

  test('keeps what is called after it waiting, and no other counter', async () => {
    const { buffer, store, counted } = await startCounting();
    let read = (): void => undefined;
    store.beforeRead = () => new Promise<void>((resolve) => (read = resolve));
    const total = buffer.addAndGet('cold', 1, interval);
    await buffer.add('other', 1, interval);
    let added = false;
    const behind = buffer.add('cold', 5, interval).then(() => (added = true));
    await buffer.add('other', 1, interval);
    expect([await counted('cold'), added]).toEqual([0n, false]);
    await expect.poll(() => store.reads).toBe(1);
    read();
    expect(await total).toBe(1n);
    await behind;
    expect(await counted('cold')).toBe(6n);
  });

  test('lets go what is called after it when its value cannot be read', async () => {
    const { buffer, store, counted } = await startCounting();
    let fail = (): void => undefined;
    store.beforeRead = () =>
      new Promise((_, reject) => (fail = () => reject(new Error('database away'))));
    const set = buffer.replace('set', 'cold', 100n, interval);
    const behind = buffer.add('cold', 5, interval);
    await buffer.add('other', 1, interval);
    await expect.poll(() => store.reads).toBe(1);
    fail();
    await expect(set).rejects.toThrow('database away');
    await behind;
    expect(await counted('cold')).toBe(5n);
  });

  test('counts the plain increments of an entry though its value cannot be read', async () => {
    const { buffer, store, counted } = await startCounting();
    store.beforeRead = () => Promise.reject(new Error('database away'));
    const plain = buffer.add('a', 10, interval);
    const total = buffer.addAndGet('a', 1, interval);
    await expect(total).rejects.toThrow('database away');
    await plain;
    expect(await counted('a')).toBe(10n);
  });

  test('is not set or deleted when its value cannot be read', async () => {
    const { buffer, store, counted } = await startCounting();
    store.beforeRead = () => Promise.reject(new Error('database away'));
    await buffer.add('a', 10, interval);
    const failures = [
      buffer.replace('set', 'a', 5n, interval),
      buffer.replace('delete', 'a', 0n, interval),
      buffer.addAndGet('a', 1, interval),
    ];
    for (const failure of failures) await expect(failure).rejects.toThrow('database away');
    expect(await counted('a')).toBe(10n);
    expect(buffer.size).toBe(0);
  });

  test('is given up when the cache never keeps the value', async () => {
    const { buffer, cache, counted } = await startCounting();
    cache.fill = () => Promise.resolve();
    const plain = buffer.add('a', 10, interval);
    await expect(buffer.addAndGet('a', 1, interval)).rejects.toThrow(CacheUnavailableError);
    await expect(buffer.replace('set', 'a', 1n, interval)).rejects.toThrow(CacheUnavailableError);
    await plain;
    expect(await counted('a')).toBe(10n);
  });
});
