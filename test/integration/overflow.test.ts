import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CounterOverflowError } from '../../lib/index.js';
import { type Application, MODES } from '../support/application.js';
import { INT64_MAX, INT64_MIN } from '../support/int64.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;
const BIGINT = { bigint: true } as const;
const EDGES: [string, bigint, bigint][] = [
  ['top', INT64_MAX, 1n],
  ['bottom', INT64_MIN, -1n],
];

async function insertRow({ dataSource, namespace }: Application, name: string, value: bigint) {
  await dataSource.query('INSERT INTO fast_counter VALUES ($1, $2, $3, now(), now())', [
    namespace,
    name,
    value.toString(),
  ]);
}

describe.each(MODES)('the ends of the 64-bit range, %s', (mode) => {
  const started = useApplication({ mode, updateInterval: HOUR });

  test.each(EDGES)('counts to the %s and no further while pending', async (end, edge, beyond) => {
    const { counters } = started();
    const name = `pending-${end}`;
    await counters.incr(name, edge);
    await expect(counters.incr(name, beyond)).rejects.toThrow(CounterOverflowError);
    await expect(counters.incr(name, edge)).rejects.toThrow(CounterOverflowError);
    expect(await counters.getCount(name, BIGINT)).toBe(edge);
    await counters.incr(name, -beyond);
    await counters.incr(name, beyond);
    expect(await counters.getCount(name, BIGINT)).toBe(edge);
  });

  test.each(EDGES)('counts to the %s and no further once persisted', async (end, edge, beyond) => {
    const { counters, row } = started();
    const name = `persisted-${end}`;
    await counters.incr(name, edge - 5n * beyond);
    await counters.flush([name]);
    await counters.incr(name, 5n * beyond);
    await expect(counters.incr(name, beyond)).rejects.toThrow(CounterOverflowError);
    expect(await counters.getCount(name, BIGINT)).toBe(edge);
    await counters.flush([name]);
    expect(await row(name)).toBe(edge);
    await expect(counters.incr(name, beyond)).rejects.toThrow(CounterOverflowError);
    await counters.incr(name, -beyond);
    await counters.flush([name]);
    expect(await row(name)).toBe(edge - beyond);
  });

  test('the whole range can be crossed', async () => {
    const { counters, row } = started();
    await counters.incr('crossed', INT64_MAX);
    await counters.flush(['crossed']);
    await counters.incr('crossed', INT64_MIN);
    await counters.flush(['crossed']);
    await counters.incr('crossed', INT64_MIN + 1n);
    expect(await counters.getCount('crossed', BIGINT)).toBe(INT64_MIN);
    await counters.flush(['crossed']);
    expect(await row('crossed')).toBe(INT64_MIN);
  });

  test('the error names the counter', async () => {
    const { counters } = started();
    await counters.incr('named', INT64_MAX);
    const error = await counters.incr('named').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'COUNTER_OVERFLOW', counter: 'named' });
    expect(String(error)).toContain('"named"');
  });

  test('one that overflows leaves the others of its batch alone', async () => {
    const { counters, row } = started();
    await counters.incrMany([
      { name: 'full-pending', delta: INT64_MAX },
      { name: 'full-persisted', delta: INT64_MAX },
    ]);
    await counters.flush(['full-persisted']);
    const others = Array.from({ length: 200 }, (_, index) => `beside-${index}`);
    const names = [...others.slice(0, 100), 'full-pending', 'full-persisted', ...others.slice(100)];

    const results = await Promise.allSettled(names.map((name) => counters.incr(name)));

    const failed = names.filter((_, index) => results[index]?.status === 'rejected');
    expect(failed).toEqual(['full-pending', 'full-persisted']);
    expect(await counters.getCounts(others)).toEqual(others.map(() => 1));
    await counters.flush();
    expect(await Promise.all(others.map(row))).toEqual(others.map(() => 1n));
    expect(await row('full-pending')).toBe(INT64_MAX);
    expect(await row('full-persisted')).toBe(INT64_MAX);
  });

  test('what overflows in one tick leaves what came before it, and the others of its batch', async () => {
    const { counters } = started();
    const top = counters.incr('tick-top', INT64_MAX);
    const results = await Promise.allSettled([
      top,
      counters.incr('tick-top', 1),
      counters.incr('tick-top', 2),
      ...Array.from({ length: 50 }, (_, index) => counters.incr(`tick-beside-${index}`)),
    ]);
    expect(results[0].status).toBe('fulfilled');
    expect(await counters.getCount('tick-top', BIGINT)).toBe(INT64_MAX);
    for (const result of results.slice(1, 3)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'COUNTER_OVERFLOW' } });
    }
    expect(results.slice(3).every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  test('a row that nobody read and that would overflow stays, and is reported', async () => {
    const { counters, events, row } = started();
    await insertRow(started(), 'unread', INT64_MAX);
    const overflow = vi.fn<(event: { counters: readonly string[] }) => void>();
    events.on('overflow', overflow);
    onTestFinished(() => void events.off('overflow', overflow));

    await counters.incr('unread');
    const others = Array.from({ length: 100 }, (_, index) => `beside-unread-${index}`);
    await counters.incrMany(others.map((name) => ({ name })));
    await counters.flush();

    const reported = overflow.mock.calls.flatMap(([{ counters: names }]) => names);
    expect(reported).toEqual(['unread']);
    expect(await row('unread')).toBe(INT64_MAX);
    expect(await Promise.all(others.map(row))).toEqual(others.map(() => 1n));
    expect(await counters.getCount('unread', BIGINT)).toBe(INT64_MAX);
    await expect(counters.incr('unread')).rejects.toThrow(CounterOverflowError);
  });
});
