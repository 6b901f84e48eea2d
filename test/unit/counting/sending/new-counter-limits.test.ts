import { describe, expect, test } from 'vitest';
import {
  CacheUnavailableError,
  DatabaseUnavailableError,
  ShutDownError,
} from '../../../../lib/errors.js';
import { ProtocolMismatchError } from '../../../../lib/mismatch-errors.js';
import { type Counting, startCounting } from '../../../support/counting.js';

const interval = 60_000;
const none = { prefix: 'user:', limit: 0, interval, overflow: 'user:(other)' };
const some = { ...none, limit: 1_000_000 };
const NOBODY: ReadonlySet<string> = new Set();

const never = <Answer>(): Promise<Answer> => new Promise(() => undefined);

/** Counts how often the place of an entry among the others is looked at. */
function countLooks({ lanes }: Counting): () => number {
  let looks = 0;
  for (const lane of lanes) {
    const push = lane.push.bind(lane);
    lane.push = (entry) => {
      let { order } = entry;
      Object.defineProperty(entry, 'order', {
        get: () => (looks++, order),
        set: (value: number) => (order = value),
      });
      push(entry);
    };
  }
  return () => looks;
}

/** Sends so many new names while somebody waits for all of them, and answers the looks at their places. */
async function looksOf(names: number, limits: typeof none): Promise<number> {
  const counting = await startCounting({ newCounterLimits: [limits] });
  const looks = countLooks(counting);
  const { buffer } = counting;
  for (let index = 0; index < names; index++) void buffer.add(`user:${index}`, 1, interval);
  await Promise.all(Array.from({ length: 10 }, () => buffer.whenSettled()));
  expect(buffer.size).toBe(0);
  return looks();
}

describe('names that are looked up while somebody waits for all of them', () => {
  test.each([
    ['refused', none],
    ['admitted', some],
  ])('take work in proportion to their number, when %s', async (_, limits) => {
    const few = await looksOf(5_000, limits);
    const many = await looksOf(20_000, limits);
    expect(many / few).toBeLessThan(5);
  });
});

describe('a look-up of new counters that fails', () => {
  test('is repeated while cache or database do not answer', async () => {
    const failures = [new CacheUnavailableError('away'), new DatabaseUnavailableError('away')];
    const { buffer, counted } = await startCounting({
      newCounterLimits: [some],
      existing: () => {
        const failure = failures.shift();
        return failure === undefined ? Promise.resolve(NOBODY) : Promise.reject(failure);
      },
    });
    await buffer.add('user:1', 3, interval);
    expect(failures).toEqual([]);
    expect(await counted('user:1')).toBe(3n);
  });

  test.each([
    ['an error that will not pass by itself', new ProtocolMismatchError('default', '9')],
    ['an error that nobody expected', new TypeError('no such method')],
  ])('for %s is told to the callers at once, and the next name goes on', async (_, failure) => {
    let asked = 0;
    const { buffer, counted, events } = await startCounting({
      newCounterLimits: [some],
      existing: () => (asked++ === 0 ? Promise.reject(failure) : Promise.resolve(NOBODY)),
    });
    const reported: unknown[] = [];
    events.on('rejected', ({ error }) => reported.push(error));
    const call = buffer.add('user:1', 3, interval);
    await expect(call).rejects.toThrow(failure.message);
    await expect(call).rejects.toMatchObject({
      code: expect.stringMatching(/^[A-Z_]+$/) as string,
    });
    expect(reported).toHaveLength(1);
    expect(asked).toBe(1);
    await buffer.add('user:2', 4, interval);
    expect(await counted('user:1')).toBe(0n);
    expect(await counted('user:2')).toBe(4n);
  });
});

describe('names that still wait for their look-up', () => {
  test('were not counted when the process stops, and their callers are told so', async () => {
    const { buffer, counted } = await startCounting({
      newCounterLimits: [some],
      existing: () => never(),
    });
    const calls = [
      buffer.add('user:1', 1, interval),
      buffer.addAndGet('user:2', 1, interval),
      buffer.replace('set', 'user:3', 1n, interval),
    ];
    await new Promise((resolve) => setTimeout(resolve, 1));
    calls.push(buffer.add('user:4', 1, interval));
    buffer.close();
    expect(buffer.abandon()).toBe(4);
    for (const call of calls) await expect(call).rejects.toThrow(ShutDownError);
    await buffer.whenSettled();
    expect(buffer.size).toBe(0);
    expect(await counted('user:1')).toBe(0n);
  });

  test('are not overtaken by later calls of the same counter', async () => {
    const answers: (() => void)[] = [];
    const { buffer, counted } = await startCounting({
      newCounterLimits: [some],
      existing: () => new Promise((resolve) => answers.push(() => resolve(NOBODY))),
    });
    void buffer.addAndGet('user:1', 1, interval);
    await expect.poll(() => answers.length).toBe(1);
    void buffer.replace('set', 'user:1', 100n, interval);
    void buffer.addAndGet('user:other', 1, interval);
    answers[0]?.();
    await expect.poll(() => answers.length).toBe(2);
    void buffer.add('user:1', 5, interval);
    await new Promise((resolve) => setTimeout(resolve, 5));
    answers[1]?.();
    await buffer.whenSettled();
    expect(await counted('user:1')).toBe(105n);
  });
});

test('what goes to an overflow counter stays there, whatever other limit its name falls under', async () => {
  const limits = [
    { prefix: 'a', limit: 0, interval, overflow: 'b(other)' },
    { prefix: 'b', limit: 0, interval, overflow: 'a(other)' },
  ];
  const { buffer, counted } = await startCounting({ newCounterLimits: limits });
  await buffer.add('a:1', 1, interval);
  await buffer.add('b:1', 2, interval);
  expect([await counted('b(other)'), await counted('a(other)')]).toEqual([1n, 2n]);
  expect(buffer.size).toBe(0);
});
