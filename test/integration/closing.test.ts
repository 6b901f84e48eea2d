import { describe, expect, test } from 'vitest';
import {
  COUNTER_STORE,
  type CounterStore,
  InvalidArgumentError,
  MeteringService,
  ParkedCounts,
  type UsageOptions,
  WindowNotCompleteError,
} from '../../lib/index.js';
import { Calendar } from '../../lib/windows/calendar.js';
import { bucketSuffix } from '../../lib/words/bucket-name.js';
import { type Application, MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);
/** In a day that is over. */
const at = ago(3 * DAY);
const window = 'day';
const day = { window, at } as const;

/** A metered name of its own for each test. */
function metered({ app, counters }: Application, name: string) {
  const metering = app.get(MeteringService);
  return {
    ...{ metering, counters, name },
    count: (tenant: string, delta: number, when = at) =>
      metering.record(name, delta, { dimensions: { tenant }, windows: ['day'], at: when }),
    usage: async (options: Partial<UsageOptions> = {}) => {
      const asked = { groupBy: 'tenant', window, from: at, to: at.getTime() + 1, ...options };
      const { parts, final } = await metering.usage(name, asked as UsageOptions);
      const numbers = parts.map(({ dimensions, value }) => [dimensions.tenant, value] as const);
      return { final, ...(Object.fromEntries(numbers) as Record<string, number>) };
    },
    came: async () => {
      const { late } = await metering.late(name, { window, from: at });
      return late.map((each) => [each.name, each.delta] as const);
    },
  };
}

describe.each(MODES)('closed windows, %s', (mode) => {
  const options = { mode, updateInterval: HOUR, acknowledgeTimeout: 5000 };
  const started = useApplication(options);
  const carrying = useApplication({ ...options, windows: { late: 'next' } });

  test('have the numbers that they were closed with, whatever comes later', async () => {
    const { metering, counters, name, count, usage } = metered(started(), 'kept');
    await count('acme', 5);
    await count('busy', 7);
    expect(await usage()).toEqual({ final: false, acme: 5, busy: 7 });
    const closed = await metering.close(name, { ...day, by: 'ann' });
    expect(closed).toMatchObject({ name: name, window: 'day', by: 'ann' });
    expect(closed.end.getTime() - closed.start.getTime()).toBe(DAY);
    expect(await usage()).toEqual({ final: true, acme: 5, busy: 7 });

    await count('acme', 100);
    await count('new', 1);
    expect(await usage()).toEqual({ final: true, acme: 5, busy: 7 });
    await counters.flush();
    expect(await usage()).toEqual({ final: true, acme: 5, busy: 7 });
    expect(await metering.total(name, { tenant: 'acme' })).toBe(105);

    // an invoice that is run again, by somebody else, is the same
    expect(await metering.close(name, { ...day, by: 'bob' })).toEqual(closed);
    expect(await metering.closings(name, { window, from: at })).toEqual([closed]);
    expect(await metering.closings('kepts', { window, from: at })).toEqual([]);
  });

  test('list what came too late, and leave it in the total alone', async () => {
    const { metering, counters, name, count, came } = metered(started(), 'listed');
    const told: unknown[] = [];
    started().events.on('lateCounts', (event) => told.push(event));
    await count('acme', 5);
    await metering.close(name, day);
    expect(await came()).toEqual([]);
    await count('acme', 2);
    await counters.flush();
    const expected = [
      [name, 2n],
      [`${name}{tenant}acme`, 2n],
    ];
    expect(await came()).toEqual(expected);
    expect(await came()).toEqual(expected);
    expect(told).toMatchObject([{ name: name, window: 'day', counters: 2 }]);
    // rows and charts agree with the closed numbers again
    const [first] = await metering.series(name, {
      window,
      from: at,
      dimensions: { tenant: 'acme' },
    });
    expect(first?.value).toBe(5);
    expect(await metering.total(name, { tenant: 'acme' })).toBe(7);
    const { late, next } = await metering.late(name, { window, from: at, limit: 1 });
    expect(late).toHaveLength(1);
    expect(late[0]).toMatchObject({ delta: 2n, noticedAt: expect.any(Date) as Date });
    const rest = await metering.late(name, { window, from: at, limit: 1, after: next });
    expect([...late, ...rest.late].map(({ name }) => name)).toEqual([name, `${name}{tenant}acme`]);
    expect(rest.next).toBeUndefined();
  });

  test('count what came too late in the present window, where the option says so', async () => {
    const { metering, counters, name, count, usage } = metered(carrying(), 'carried');
    await count('acme', 5);
    await metering.close(name, day);
    await count('acme', 2);
    await counters.flush();
    const { late } = await metering.late(name, { window, from: at });
    const today = await metering.series(name, { window, from: new Date() });
    expect(late.map(({ carriedTo }) => carriedTo)).toEqual([today[0]?.start, today[0]?.start]);
    const present = { from: undefined, to: undefined };
    await expect.poll(() => usage(present)).toEqual({ final: false, acme: 2 });
    expect(await usage()).toEqual({ final: true, acme: 5 });
    expect(await metering.total(name, { tenant: 'acme' })).toBe(7);
  });

  test('are summed with open ones, in pages', async () => {
    const { metering, counters, name, count, usage } = metered(started(), 'pages');
    const tenants = ['a', 'b', 'c', 'd', 'e'];
    for (const [place, tenant] of tenants.entries()) {
      await count(tenant, 10 + place);
      // of the last tenant nothing in the closed window, of the first nothing behind it
      if (place > 0) await count(tenant, 100, ago(DAY));
    }
    await count('e', -14);
    await metering.close(name, day);
    await count('a', 1000);
    await count('late', 1000);
    await counters.flush();
    await count('b', 1, ago(2 * DAY));
    const whole = { final: false, a: 10, b: 112, c: 112, d: 113, e: 100 };
    const range = { from: at, to: undefined };
    expect(await usage(range)).toEqual(whole);
    for (const limit of [1, 2, 4]) {
      const seen: [string | undefined, number][] = [];
      let after: string | undefined;
      do {
        const asked = { groupBy: 'tenant', window, from: at, limit, after } as const;
        const page = await metering.usage(name, asked);
        expect(page.parts.length).toBeLessThanOrEqual(limit);
        seen.push(...page.parts.map((p) => [p.dimensions.tenant, p.value] as [string, number]));
        after = page.next;
      } while (after !== undefined);
      expect({ final: false, ...Object.fromEntries(seen) }).toEqual(whole);
      expect(seen).toHaveLength(5);
    }
  });

  test('are corrected in their numbers, once, and nothing of that comes late', async () => {
    const { metering, counters, name, count, usage, came } = metered(carrying(), 'corrected');
    await count('acme', 5);
    await metering.close(name, day);
    await count('acme', 100);
    await counters.flush();
    const why = { reason: 'load test', by: 'ada' };
    const acme = { ...day, dimensions: { tenant: 'acme' }, ...why };
    const first = await metering.correct(name, { ...acme, delta: -2, id: 'ticket-1' });
    expect(first).toMatchObject({ before: 5, after: 3, made: true });
    await metering.correct(name, { ...acme, delta: -2, id: 'ticket-1' });
    expect(await usage()).toEqual({ final: true, acme: 3 });
    await metering.correct(name, { ...acme, value: 10 });
    await metering.correct(name, { ...acme, dimensions: { tenant: 'new' }, delta: 4 });
    expect(await usage()).toEqual({ final: true, acme: 10, new: 4 });
    await counters.flush();
    expect(await came()).toEqual([
      [name, 100n],
      [`${name}{tenant}acme`, 100n],
    ]);
    expect(await usage()).toEqual({ final: true, acme: 10, new: 4 });
    const [kept] = await metering.series(name, {
      window,
      from: at,
      dimensions: { tenant: 'acme' },
    });
    expect(kept?.value).toBe(10);
    await expect.poll(() => metering.total(name, { tenant: 'acme' })).toBe(110);
  });

  test('have what was committed before, whoever was to count it and died', async () => {
    const { metering, name, count, usage, came } = metered(started(), 'committed');
    await count('acme', 5);
    const store = started().app.get<CounterStore>(COUNTER_STORE);
    const { start } = new Calendar('UTC').find('day', at.getTime());
    const ofDay = { name: `${name}{tenant}acme`, window: 'day', start } as const;
    const made = { ...ofDay, id: 'it', delta: '7', madeAt: Date.now(), reason: 'it', by: 'ada' };
    const counted = { id: '0', name: ofDay.name, delta: '7', windows: [], madeAt: Date.now() };
    const moved = { suffix: bucketSuffix(ofDay) };
    await store.corrections.make({ ...made, windows: [] }, [{ ...counted, moved }]);
    await metering.close(name, day);
    expect(await usage()).toEqual({ final: true, acme: 12 });
    expect(await came()).toEqual([]);
  });

  test('are not closed before their time, nor while counts are known to be missing', async () => {
    const { metering, counters, name } = metered(started(), 'early');
    const present = { window: 'minute', at: new Date() } as const;
    const early = metering.close(name, present);
    await expect(early).rejects.toThrow(WindowNotCompleteError);
    await expect(early).rejects.toMatchObject({
      ...{ code: 'WINDOW_NOT_COMPLETE', counter: name, window: 'minute' },
      reason: expect.stringContaining('it may be closed from') as string,
    });
    const justOver = { window: 'minute', at: ago(60_000 * 2) } as const;
    await expect(metering.close(name, justOver)).rejects.toThrow('option grace: 3600000 ms');
    await metering.close(name, { ...justOver, grace: 0 });
    expect((await counters.status()).completeUntil?.getTime()).toBeGreaterThan(Date.now() - 30_000);
  });

  test('have what a rename moves, under the name that has it', async () => {
    const { metering, counters, name, count, usage, came } = metered(started(), 'renamed');
    await count('old', 5);
    await counters.flush();
    await count('old', 2);
    await counters.rename(`${name}{tenant}old`, `${name}{tenant}new`);
    await metering.close(name, day);
    expect(await usage()).toEqual({ final: true, new: 7 });
    expect(await came()).toEqual([]);
  });

  test('are not closed while increments of transactions wait for an operator', async () => {
    const { metering, name, count, usage } = metered(started(), 'undecided');
    await count('acme', 5);
    const { corrections, outbox } = started().app.get<CounterStore>(COUNTER_STORE);
    const { start } = new Calendar('UTC').find('day', at.getTime());
    const counted = { name: `${name}{tenant}acme`, delta: '7', windows: [], madeAt: Date.now() };
    const correction = { ...counted, window: 'day', start, reason: 'it', by: 'ada' } as const;
    let id = '';
    // a process may be quicker, and count it
    for (let row = 0; (await outbox.refused(undefined, 1)).length === 0; row++) {
      id = String(row);
      await corrections.make({ ...correction, id }, [{ ...counted, id }]);
      await outbox.refuse([id], 'UNDECIDED');
    }
    const waiting = metering.close(name, day);
    await expect(waiting).rejects.toThrow(WindowNotCompleteError);
    await expect(waiting).rejects.toThrow('1 increments of transactions wait for an operator');
    expect(await usage()).toMatchObject({ final: false });
    await metering.close(name, { ...day, evenIfIncomplete: true });
    expect(await usage()).toEqual({ final: true, acme: 5 });
    await outbox.remove([id]);
  });

  test('are not closed while counts are put aside that the database cannot take', async () => {
    const { metering, counters, name, count } = metered(started(), 'aside');
    await count('acme', 5);
    await counters.flush();
    const part = `${name}{tenant}acme`;
    // by hand: the next addition leaves the range
    await started().asOwner(
      `UPDATE fast_counter_bucket SET value = ${String(2n ** 63n - 1n)} WHERE name = '${part}'`,
    );
    await count('acme', 1);
    await counters.flush();
    const waiting = metering.close(name, day);
    await expect(waiting).rejects.toThrow(WindowNotCompleteError);
    await expect(waiting).rejects.toThrow('counts of 1 rows are parked that the database refused');
    const parked = started().app.get(ParkedCounts);
    for (const { id } of await parked.list()) await parked.discard(id);
    expect(await metering.close(name, day)).toMatchObject({ name });
  });

  test('are not closed when rows of them may have been removed', async () => {
    const { metering, name } = metered(started(), 'removed');
    const old = metering.close(name, {
      ...{ window: 'hour', at: ago(400 * DAY) },
      evenIfIncomplete: true,
    });
    await expect(old).rejects.toThrow(InvalidArgumentError);
    await expect(old).rejects.toThrow('rows are still kept (option windows.retention.hour)');
  });

  test.each<[what: string, name: unknown, options: unknown, words: string]>([
    ['no window', 'api', { at }, 'window must be minute, hour, day, month, week'],
    ['no moment', 'api', { window: 'day' }, 'at must be a valid Date or milliseconds since 1970'],
    ['a grace below 0', 'api', { ...day, grace: -1 }, 'grace must be a whole number from 0 to'],
    ['a part', 'api{tenant}acme', day, 'give the name without dimensions'],
    ['an unknown option', 'api', { ...day, force: true }, 'force'],
    ['a flag that is none', 'api', { ...day, evenIfIncomplete: 1 }, 'must be true or false'],
    ['nobody', 'api', { ...day, by: 7 }, 'by must be'],
  ])('need right arguments: %s', async (_, name, options, words) => {
    const { metering } = metered(started(), 'arguments');
    const closing = metering.close(name as string, options as typeof day);
    await expect(closing).rejects.toThrow(InvalidArgumentError);
    await expect(closing).rejects.toThrow(words);
  });
});
