import { describe, expect, test } from 'vitest';
import { meteredName, MeteringService } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** In a day that is over. */
const at = new Date(Date.now() - 3 * DAY);
const window = 'day';
const day = { window, at } as const;
const why = { reason: 'load test', by: 'ada' };

describe.each(MODES)('rows of closed windows, %s', (mode) => {
  const started = useTwins(mode, {
    ...{ updateInterval: HOUR, sweepInterval: 1000 },
    windows: { late: 'next', counters: [{ prefix: '', windows: ['day'] }] },
  });

  /** A metered name of its own for each test. */
  function metered(name: string) {
    const [{ app, counters }, { app: second }] = started();
    const metering = app.get(MeteringService);
    const of = (tenant: string) => ({ dimensions: { tenant } });
    return {
      ...{ metering, counters, name, of, other: second.get(MeteringService) },
      part: (tenant: string) => meteredName(name, { tenant }),
      count: (tenant: string, delta: number) => metering.record(name, delta, { ...of(tenant), at }),
      usage: async (from = at) => {
        const { parts } = await metering.usage(name, {
          ...{ groupBy: 'tenant', window, from, to: from.getTime() + 1 },
        });
        const numbers = parts.map(({ dimensions, value }) => [dimensions.tenant, value] as const);
        return Object.fromEntries(numbers) as Record<string, number>;
      },
      came: async () => {
        const { late } = await metering.late(name, { window, from: at });
        return late.map((each) => [each.dimensions.tenant, each.delta] as const);
      },
    };
  }

  test('stay with their numbers where counters are merged: nobody is billed twice', async () => {
    const { metering, counters, name, part, count, usage, came } = metered('merged');
    await count('old', 3);
    await count('acme', 5);
    await metering.close(name, day);
    await counters.merge([part('old')], part('acme'));
    expect(await came()).toEqual([]);
    expect(await usage()).toEqual({ old: 3, acme: 5 });
    expect(await metering.total(name, { tenant: 'acme' })).toBe(8);
    expect(await usage(new Date())).toEqual({});
    // what still comes under the old name follows, and is late
    await count('old', 2);
    await counters.flush();
    expect(await came()).toEqual([
      [undefined, 2n],
      ['old', 2n],
    ]);
    expect(await usage()).toEqual({ old: 3, acme: 5 });
  });

  test('that are deleted begin anew, and their numbers stay', async () => {
    const { metering, counters, name, part, count, usage, came } = metered('deleted');
    await count('acme', 5);
    await metering.close(name, day);
    await counters.delete(part('acme'));
    await count('acme', 2);
    await counters.flush();
    expect(await came()).toContainEqual(['acme', 2n]);
    expect(await usage()).toEqual({ acme: 5 });
    await metering.erase({ name, dimensions: { tenant: 'acme' } });
    await count('acme', 1);
    await counters.flush();
    const late = (await came()).filter(([tenant]) => tenant === 'acme');
    expect(late).toEqual([
      ['acme', 2n],
      ['acme', 1n],
    ]);
    expect(await usage()).toEqual({ acme: 5 });
  });

  test('are corrected to a number beside what is pending for them', async () => {
    const { metering, counters, name, of, count, usage, came } = metered('to-a-value');
    await count('acme', 5);
    await metering.close(name, day);
    await count('acme', 2);
    const options = { ...day, ...of('acme'), ...why, id: 'once', value: 10 };
    const done = await metering.correct(name, options);
    expect(done).toMatchObject({ before: 5, after: 10, delta: 5, made: true });
    expect(await metering.correct(name, options)).toMatchObject({ after: 10, made: false });
    await counters.flush();
    expect(await came()).toContainEqual(['acme', 2n]);
    expect(await usage()).toEqual({ acme: 10 });
    expect(await metering.total(name, { tenant: 'acme' })).toBe(12);
  });

  test('have each correction that was made, also while they are closed', async () => {
    const { metering, other, name, of, count, usage, came } = metered('meanwhile');
    await count('acme', 5);
    const corrections = Array.from({ length: 12 }, (_, place) =>
      (place % 2 === 0 ? metering : other).correct(name, {
        ...{ ...day, ...of('acme'), ...why, delta: 1 },
      }),
    );
    await Promise.all([...corrections, metering.close(name, day), other.close(name, day)]);
    expect(await usage()).toEqual({ acme: 17 });
    expect(await came()).toEqual([]);
  });
});
