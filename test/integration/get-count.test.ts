import { describe, expect, test } from 'vitest';
import { InvalidArgumentError, UnsafeCountError } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { INT64_MAX, INT64_MIN, UNSAFE } from '../support/int64.js';
import { repeatedly } from '../support/repeatedly.js';
import { useTwins } from '../support/use-application.js';

const BIGINT = { bigint: true } as const;

describe.each(MODES)('getCount() and getCounts(), %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });

  test('a counter that was never used is at 0', async () => {
    const [{ counters }] = started();
    expect(await counters.getCount('never')).toBe(0);
    expect(await counters.getCount('never', BIGINT)).toBe(0n);
    expect(await counters.getCounts(['never', 'ever'])).toEqual([0, 0]);
  });

  test('every application reads what any of them counted', async () => {
    const [first, second] = started();
    await first.counters.incr('shared', 3);
    expect(await second.counters.getCount('shared')).toBe(3);
    await second.counters.incr('shared', 4);
    expect(await first.counters.getCount('shared')).toBe(7);
  });

  test('many are answered in the order asked, duplicates too', async () => {
    const [{ counters }] = started();
    await counters.incrMany([
      { name: 'one', delta: 1 },
      { name: 'two', delta: 2 },
      { name: 'three', delta: 3 },
    ]);
    const asked = ['three', 'one', 'none', 'three', 'two', 'one'];
    expect(await counters.getCounts(asked)).toEqual([3, 1, 0, 3, 2, 1]);
    expect(await counters.getCounts(new Set(asked), BIGINT)).toEqual([3n, 1n, 0n, 2n]);
    expect(await counters.getCounts([])).toEqual([]);
  });

  test('persisted, claimed and pending parts are one total', async () => {
    const [{ counters, row }] = started();
    await counters.incr('parts', 100);
    await counters.flush(['parts']);
    await counters.incr('parts', 20);
    expect(await row('parts')).toBe(100n);
    expect(await counters.getCount('parts')).toBe(120);
    expect(await counters.getCounts(['parts', 'no-parts'])).toEqual([120, 0]);
  });

  test('a reader sees a counter go up and never down through a hundred flushes', async () => {
    const [first, second] = started();
    let acknowledged = 0;
    const readers = [first, second].map(({ counters }) => {
      let last = 0;
      return repeatedly(async () => {
        const atLeast = acknowledged;
        const [count = -1] = await counters.getCounts(['watched', 'unwatched']);
        expect(count).toBeGreaterThanOrEqual(Math.max(last, atLeast));
        last = count;
      });
    });
    for (let flush = 0; flush < 100; flush++) {
      await second.counters.incr('watched');
      acknowledged++;
      const flushed = first.counters.flush();
      await second.counters.incr('watched');
      acknowledged++;
      await flushed;
    }
    for (const reader of readers) expect(await reader.stop()).toBeGreaterThan(10);
    expect(await first.counters.getCount('watched')).toBe(200);
    await first.counters.flush();
    expect(await first.row('watched')).toBe(200n);
  });

  test('values beyond 2^53 are exact as bigint', async () => {
    const [{ counters }] = started();
    const values = { top: INT64_MAX, bottom: INT64_MIN, odd: UNSAFE + 1n };
    for (const [name, value] of Object.entries(values)) await counters.incr(name, value);
    for (const [name, value] of Object.entries(values)) {
      expect(await counters.getCount(name, BIGINT)).toBe(value);
    }
    expect(await counters.getCounts(Object.keys(values), BIGINT)).toEqual(Object.values(values));
    await counters.flush();
    expect(await counters.getCounts(Object.keys(values), BIGINT)).toEqual(Object.values(values));
  });

  test('a value beyond 2^53 rejects as number rather than be rounded', async () => {
    const [{ counters }] = started();
    await counters.incr('unsafe', Number.MAX_SAFE_INTEGER);
    expect(await counters.getCount('unsafe')).toBe(Number.MAX_SAFE_INTEGER);
    await counters.incr('unsafe');
    const error = await counters.getCount('unsafe').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnsafeCountError);
    expect(error).toMatchObject({ code: 'UNSAFE_COUNT', counter: 'unsafe', value: UNSAFE });
    expect(String(error)).toContain('{ bigint: true }');
    await expect(counters.getCounts(['safe', 'unsafe'])).rejects.toThrow(UnsafeCountError);
    await counters.incr('unsafe', -1);
    expect(await counters.getCount('unsafe')).toBe(Number.MAX_SAFE_INTEGER);
    await counters.incr('unsafe', -2n * BigInt(Number.MAX_SAFE_INTEGER));
    expect(await counters.getCount('unsafe')).toBe(Number.MIN_SAFE_INTEGER);
    await counters.incr('unsafe', -1);
    await expect(counters.getCount('unsafe')).rejects.toThrow(UnsafeCountError);
  });

  test('thousands are read at once, cached or not', async () => {
    const [first, second] = started();
    const names = Array.from({ length: 6000 }, (_, index) => `bulk-${index}`);
    await first.counters.incrMany(names.map((name, index) => ({ name, delta: index + 1 })));
    await first.counters.flush();
    const expected = names.map((_, index) => index + 1);
    expect(await second.counters.getCounts(names)).toEqual(expected);
    expect(await first.counters.getCounts(names)).toEqual(expected);
  });

  test.each([undefined, null, 'a-name', 7, { name: 'a' }])(
    'getCounts() refuses %o as names',
    async (names) => {
      const [{ counters }] = started();
      await expect(counters.getCounts(names as never)).rejects.toThrow(InvalidArgumentError);
    },
  );
});
