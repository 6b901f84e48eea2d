import { describe, expect, test } from 'vitest';
import { CounterOverflowError } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { INT64_MAX, INT64_MIN } from '../support/int64.js';
import { repeatedly } from '../support/repeatedly.js';
import { useTwins } from '../support/use-application.js';

const BIGINT = { bigint: true } as const;
const CALLERS = 500;

describe.each(MODES)('incrAndGet(), %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });

  test('answers the total just after its own increment', async () => {
    const [{ counters }] = started();
    expect(await counters.incrAndGet('steps')).toBe(1);
    expect(await counters.incrAndGet('steps', 10)).toBe(11);
    expect(await counters.incrAndGet('steps', -12)).toBe(-1);
    expect(await counters.incrAndGet('steps', 2n)).toBe(1);
    expect(await counters.getCount('steps')).toBe(1);
  });

  test('answers the callers of one tick in the order of their calls', async () => {
    const [{ counters }] = started();
    await counters.incr('ordered', 100);
    const answers = [
      counters.incrAndGet('ordered'),
      counters.incrAndGet('ordered', 5),
      counters.incr('ordered', 10).then(() => undefined),
      counters.incrAndGet('ordered', -3),
    ];
    expect(await Promise.all(answers)).toEqual([101, 106, undefined, 113]);
  });

  test('gives concurrent callers of two applications distinct values without a gap', async () => {
    const applications = started();
    const answers = await Promise.all(
      Array.from({ length: CALLERS }).flatMap(() =>
        applications.map(({ counters }) => counters.incrAndGet('tickets')),
      ),
    );
    const expected = Array.from({ length: 2 * CALLERS }, (_, index) => index + 1);
    expect(answers.sort((a, b) => a - b)).toEqual(expected);
  });

  test('gives no value twice and leaves none out while batches are persisted', async () => {
    const [first, second] = started();
    const flushing = repeatedly(() => first.counters.flush());
    const draw = async ({ counters }: typeof first): Promise<number[]> => {
      const drawn: number[] = [];
      for (let round = 0; round < 50; round++) {
        const calls = Array.from({ length: 10 }, () => counters.incrAndGet('persisted-tickets'));
        drawn.push(...(await Promise.all(calls)));
      }
      return drawn;
    };
    const drawn = (await Promise.all([draw(first), draw(second)])).flat();
    expect(await flushing.stop()).toBeGreaterThan(0);
    const expected = Array.from({ length: 1000 }, (_, index) => index + 1);
    expect(drawn.sort((a, b) => a - b)).toEqual(expected);
    await second.counters.flush();
    expect(await first.row('persisted-tickets')).toBe(1000n);
  });

  test('goes up for every caller, one call after the other', async () => {
    const applications = started();
    let last = 0;
    for (let round = 0; round < 50; round++) {
      const answer = await applications[round % 2]?.counters.incrAndGet('alternating');
      expect(answer).toBe(last + 1);
      last++;
    }
  });

  test('counts on from what only the database knows', async () => {
    const [{ counters, dataSource, namespace }] = started();
    await dataSource.query(`INSERT INTO fast_counter VALUES ($1, 'known', 41, now(), now())`, [
      namespace,
    ]);
    expect(await counters.incrAndGet('known')).toBe(42);
  });

  test('answers beyond 2^53 only as bigint; as number it rejects, and has counted', async () => {
    const [{ counters, events }] = started();
    const safe = Number.MAX_SAFE_INTEGER;
    const rejected: unknown[] = [];
    events.on('rejected', (event) => rejected.push(event));
    expect(await counters.incrAndGet('unsafe', safe)).toBe(safe);
    await expect(counters.incrAndGet('unsafe')).rejects.toMatchObject({
      code: 'UNSAFE_COUNT',
      counter: 'unsafe',
      value: 2n ** 53n,
    });
    // it was counted
    expect(rejected).toEqual([]);
    expect(await counters.incrAndGet('unsafe', 1, BIGINT)).toBe(2n ** 53n + 1n);
    expect(await counters.incrAndGet('unsafe-down', -(2n ** 60n), BIGINT)).toBe(-(2n ** 60n));
  });

  test.each([
    ['top', INT64_MAX, 1],
    ['bottom', INT64_MIN, -1],
  ])('refuses to pass the %s of the range', async (end, edge, beyond) => {
    const [{ counters }] = started();
    const name = `edge-${end}`;
    expect(await counters.incrAndGet(name, edge, BIGINT)).toBe(edge);
    await expect(counters.incrAndGet(name, beyond)).rejects.toThrow(CounterOverflowError);
    await counters.flush([name]);
    await expect(counters.incrAndGet(name, beyond)).rejects.toThrow(CounterOverflowError);
    expect(await counters.incrAndGet(name, -beyond, BIGINT)).toBe(edge - BigInt(beyond));
  });

  test('refuses to pass the edge that only the row is at', async () => {
    const [{ counters, dataSource, namespace }] = started();
    await dataSource.query(`INSERT INTO fast_counter VALUES ($1, 'row-edge', $2, now(), now())`, [
      namespace,
      INT64_MAX.toString(),
    ]);
    await expect(counters.incrAndGet('row-edge', 1, BIGINT)).rejects.toThrow(CounterOverflowError);
    expect(await counters.incrAndGet('row-edge', -1, BIGINT)).toBe(INT64_MAX - 1n);
  });

  test('persists with the interval it was given', async () => {
    const [{ counters, row }] = started();
    await counters.incrAndGet('waits');
    await counters.incrAndGet('at-once', 1, { updateInterval: 0 });
    await expect.poll(() => row('at-once')).toBe(1n);
    expect(await row('waits')).toBeUndefined();
  });
});
