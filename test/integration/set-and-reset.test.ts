import { describe, expect, test } from 'vitest';
import { CounterOverflowError, InvalidArgumentError } from '../../lib/index.js';
import { type Application, MODES } from '../support/application.js';
import { INT64_MAX, INT64_MIN, UNSAFE } from '../support/int64.js';
import { repeatedly } from '../support/repeatedly.js';
import { useTwins } from '../support/use-application.js';

const BIGINT = { bigint: true } as const;
const INCREMENTS = 1000;

describe.each(MODES)('set() and reset(), %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });

  test('set makes the total the value, whatever it was', async () => {
    const [{ counters, row }] = started();
    await counters.set('fresh', 7);
    expect(await counters.getCount('fresh')).toBe(7);
    await counters.incr('fresh', 5);
    await counters.set('fresh', -3n);
    expect(await counters.getCount('fresh')).toBe(-3);
    await counters.flush(['fresh']);
    expect(await row('fresh')).toBe(-3n);
    await counters.incr('fresh', 100);
    await counters.set('fresh', 0);
    expect(await counters.getCount('fresh')).toBe(0);
    await counters.flush(['fresh']);
    expect(await row('fresh')).toBe(0n);
  });

  test('later increments add to what was set', async () => {
    const [first, second] = started();
    await first.counters.set('added-to', 40);
    await second.counters.incr('added-to', 2);
    expect(await first.counters.getCount('added-to')).toBe(42);
    expect(await first.counters.incrAndGet('added-to')).toBe(43);
  });

  test('replaces what only the database knows', async () => {
    const [{ counters, dataSource, namespace, row }] = started();
    await dataSource.query(`INSERT INTO fast_counter VALUES ($1, 'known', 41, now(), now())`, [
      namespace,
    ]);
    await counters.set('known', 5);
    expect(await counters.getCount('known')).toBe(5);
    await counters.flush(['known']);
    expect(await row('known')).toBe(5n);
  });

  test('reset answers the value that it cleared', async () => {
    const [{ counters, row }] = started();
    expect(await counters.reset('cleared')).toBe(0);
    await counters.incr('cleared', 12);
    expect(await counters.reset('cleared')).toBe(12);
    expect(await counters.getCount('cleared')).toBe(0);
    await counters.incr('cleared', 3);
    await counters.flush(['cleared']);
    await counters.incr('cleared', 4);
    expect(await counters.reset('cleared')).toBe(7);
    await counters.flush(['cleared']);
    expect(await row('cleared')).toBe(0n);
  });

  test('the edges of the range can be set, and left again', async () => {
    const [{ counters, row }] = started();
    for (const value of [INT64_MAX, 0n, INT64_MIN]) {
      await counters.set('edges', value);
      expect(await counters.getCount('edges', BIGINT)).toBe(value);
      await counters.flush(['edges']);
      expect(await row('edges')).toBe(value);
    }
    await expect(counters.incr('edges', -1)).rejects.toThrow(CounterOverflowError);
  });

  test('a difference that fits no 64 bits is refused, and changes nothing', async () => {
    const [{ counters }] = started();
    await counters.set('difference', INT64_MIN);
    await counters.flush(['difference']);
    await expect(counters.set('difference', INT64_MAX)).rejects.toThrow(CounterOverflowError);
    await expect(counters.reset('difference')).rejects.toThrow(CounterOverflowError);
    expect(await counters.getCount('difference', BIGINT)).toBe(INT64_MIN);
    await counters.set('difference', -1);
    expect(await counters.getCount('difference')).toBe(-1);
  });

  test('reset answers beyond 2^53 as bigint; as number it rejects with the value it cleared', async () => {
    const [{ counters }] = started();
    await counters.set('unsafe', UNSAFE);
    await expect(counters.reset('unsafe')).rejects.toMatchObject({
      code: 'UNSAFE_COUNT',
      value: UNSAFE,
    });
    expect(await counters.getCount('unsafe')).toBe(0);
    await counters.set('unsafe', -UNSAFE - 1n);
    expect(await counters.reset('unsafe', BIGINT)).toBe(-UNSAFE - 1n);
  });

  test.each([1.5, NaN, Infinity, 2 ** 53, INT64_MAX + 1n, '1', null, undefined])(
    'set refuses %o',
    async (value) => {
      const [{ counters }] = started();
      await expect(counters.set('refused', value as number)).rejects.toThrow(InvalidArgumentError);
      expect(await counters.getCount('refused')).toBe(0);
    },
  );

  test('resets take every concurrent increment of two applications once', async () => {
    const [first, second] = started();
    const count = ({ counters }: Application): Promise<unknown> =>
      Promise.all(Array.from({ length: INCREMENTS / 2 }, () => counters.incr('tapped')));
    const resets: Promise<number>[] = [];
    for (let reset = 0; reset < 5; reset++) resets.push(second.counters.reset('tapped'));
    const counted = [count(first), count(second)];
    for (let reset = 0; reset < 20; reset++) {
      resets.push(first.counters.reset('tapped'), second.counters.reset('tapped'));
    }
    await Promise.all(counted);
    const taken = (await Promise.all(resets)).reduce((sum, value) => sum + value, 0);
    expect(taken + (await first.counters.getCount('tapped'))).toBe(INCREMENTS);
  });

  test('resets take every increment once while batches are persisted', async () => {
    const [first, second] = started();
    const flushing = repeatedly(() => first.counters.flush());
    let taken = 0;
    const resetting = repeatedly(async () => {
      taken += await second.counters.reset('flushed');
    });
    const count = async ({ counters }: Application): Promise<void> => {
      for (let round = 0; round < INCREMENTS / 20; round++) {
        await Promise.all(Array.from({ length: 10 }, () => counters.incr('flushed')));
      }
    };
    await Promise.all([count(first), count(second)]);
    await Promise.all([flushing.stop(), resetting.stop()]);
    const rest = await first.counters.getCount('flushed');
    expect(taken + rest).toBe(INCREMENTS);
    await first.counters.flush();
    // no row, if each batch came to zero
    expect((await first.row('flushed')) ?? 0n).toBe(BigInt(rest));
  });

  test('a set beside concurrent increments keeps those that came after it', async () => {
    const [first, second] = started();
    for (let round = 0; round < 20; round++) {
      const name = `beside-${round % 3}`;
      const before = Promise.all(Array.from({ length: 50 }, () => first.counters.incr(name)));
      const set = second.counters.set(name, 1_000_000);
      const during = Promise.all(Array.from({ length: 50 }, () => first.counters.incr(name)));
      await set;
      const after = Promise.all(Array.from({ length: 50 }, () => second.counters.incr(name)));
      await Promise.all([before, during, after]);
      const count = await first.counters.getCount(name);
      expect(count).toBeGreaterThanOrEqual(1_000_050);
      expect(count).toBeLessThanOrEqual(1_000_150);
    }
  });
});
