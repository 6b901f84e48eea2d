import { describe, expect, test } from 'vitest';
import {
  COUNTER_STORE,
  type CorrectOptions,
  type CounterEventMap,
  type CounterStore,
  IdempotencyConflictError,
  InvalidArgumentError,
  MeteringService,
} from '../../lib/index.js';
import { bucketSuffix } from '../../lib/words/bucket-name.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

const DAY = 86_400_000;
const acme = { tenant: 'acme' };
const why = { reason: 'load test', by: 'ada' };

describe.each(MODES)('correct(), %s', (mode) => {
  const started = useTwins(mode, {
    ...{ updateInterval: 3_600_000, sweepInterval: 1000 },
    windows: {
      counters: [{ prefix: 'calls', windows: ['day', 'month'] }],
      ...{ retention: { hour: DAY }, acceptPast: 70 * DAY },
    },
  });
  const metering = (): MeteringService => started()[0].app.get(MeteringService);
  const other = (): MeteringService => started()[1].app.get(MeteringService);
  // the middle of a month that is over
  const at = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 1, 15, 12));
  const counts = async (name: string, dimensions?: { tenant: string }) => {
    const asked = { from: at, to: at.getTime() + 1, dimensions };
    const [hour, day, month, total] = await Promise.all([
      other().sum(name, { ...asked, window: 'hour' }),
      other().sum(name, { ...asked, window: 'day' }),
      other().sum(name, { ...asked, window: 'month' }),
      other().total(name, dimensions),
    ]);
    return { hour, day, month, total };
  };
  const heard = (event: 'changed') => {
    const told: CounterEventMap['changed'][0][] = [];
    started()[0].events.on(event, (change) => told.push(change));
    return told;
  };

  test('adds to a window, to the longer ones around it and to the total, at once for all readers, and keeps who did so and why', async () => {
    const recorded = { dimensions: acme, at };
    await metering().record('calls', 100, recorded);
    await started()[0].counters.flush();
    await metering().record('calls', 20, recorded);
    const told = heard('changed');
    const done = await metering().correct('calls', {
      ...{ window: 'day', at, dimensions: acme, delta: -15, ...why },
    });
    const start = new Date(Math.floor(at.getTime() / DAY) * DAY);
    expect(done).toEqual({
      ...{ id: expect.any(String) as string, start, end: new Date(start.getTime() + DAY) },
      ...{ before: 120, after: 105, delta: -15, made: true },
    });
    expect(await counts('calls', acme)).toEqual({ hour: 0, day: 105, month: 105, total: 105 });
    expect(await counts('calls')).toEqual({ hour: 0, day: 120, month: 120, total: 120 });
    const name = 'calls{tenant}acme';
    expect(told).toEqual([
      {
        ...{ name, operation: 'correct', window: 'day', start, ...why },
        ...{ before: 120n, after: 105n, delta: -15n },
      },
    ]);
    const kept = {
      ...{ id: done.id, name, dimensions: acme, window: 'day', start, windows: ['month'] },
      ...{ delta: -15, ...why, afterClosing: false, madeAt: expect.any(Date) as Date },
    };
    for (const window of ['day', 'month'] as const) {
      for (const dimensions of [undefined, acme]) {
        expect(await other().corrections('calls', { window, dimensions })).toEqual([kept]);
      }
      expect(await other().corrections('calls', { window, dimensions: {} })).toEqual([]);
      expect(await other().corrections('calls', { window, to: at.getTime() - 40 * DAY })).toEqual(
        [],
      );
    }
    expect(await other().corrections('calls', { window: 'hour' })).toEqual([]);
    expect(await started()[0].dataSource.query('SELECT * FROM fast_counter_outbox')).toEqual([]);
    const { parts } = await other().usage('calls', {
      ...{ groupBy: 'tenant', window: 'month', from: at, to: at.getTime() + 1 },
    });
    expect(parts).toMatchObject([{ dimensions: acme, value: 105 }]);
  });

  test('to a value adds what is missing, and nothing where nothing is', async () => {
    await metering().record('calls.value', 7, { at });
    const told = heard('changed');
    const to = { window: 'month', at, value: 50, ...why } as const;
    expect(await metering().correct('calls.value', to)).toMatchObject({
      ...{ before: 7, after: 50, delta: 43, made: true },
    });
    const again = { before: 50, after: 50, delta: 0, made: false };
    expect(await other().correct('calls.value', to)).toMatchObject(again);
    expect(await counts('calls.value')).toEqual({ hour: 0, day: 7, month: 50, total: 50 });
    expect(told).toHaveLength(1);
    expect(await other().corrections('calls.value', { window: 'month' })).toHaveLength(1);
  });

  test('to a value, from many at the same time, is that value', async () => {
    await metering().record('calls.race', 7, { at });
    const values = [10, 20, 30, 40, 50, 60];
    const done = await Promise.all(
      values.map((value, i) =>
        (i % 2 === 0 ? metering() : other()).correct('calls.race', {
          ...{ window: 'day', at, value, ...why },
        }),
      ),
    );
    const { day } = await counts('calls.race');
    expect(values).toContain(day);
    expect(day).toBe(7 + done.reduce((sum, { delta }) => sum + delta, 0));
  });

  test('of many windows at the same time waits for connections, and fails nobody', async () => {
    const tenants = Array.from({ length: 300 }, (_, i) => ({ tenant: `many-${i}` }));
    const made = await Promise.all(
      tenants.map((dimensions, i) =>
        metering().correct('many', {
          ...{ window: 'day', at, dimensions, ...why },
          ...(i % 3 === 0 ? { value: i + 1 } : { delta: i + 1 }),
        }),
      ),
    );
    expect(made.map(({ after }) => after)).toEqual(tenants.map((_, i) => i + 1));
  });

  test('with an id is made once, and tells what it did', async () => {
    const asked = { window: 'day', at, delta: 5, id: 'ticket-17', ...why } as const;
    const made = await metering().correct('calls.once', asked);
    const repeated = { ...made, before: 5, made: false };
    expect(await other().correct('calls.once', asked)).toEqual(repeated);
    await expect(other().correct('calls.once', { ...asked, delta: 6 })).rejects.toThrow(
      IdempotencyConflictError,
    );
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 === 0 ? metering() : other()).correct('calls.once', { ...asked, id: 'at once' }),
      ),
    );
    expect(all.filter((one) => one.made)).toHaveLength(1);
    // another window, another correction
    await metering().correct('calls.once', { ...asked, at: at.getTime() - DAY });
    expect(await counts('calls.once')).toEqual({ hour: 0, day: 10, month: 15, total: 15 });
  });

  test('goes to longer windows that it names, and never to shorter ones', async () => {
    const windows = ['hour', 'week', 'month'] as const;
    const now = Date.now();
    await started()[0].counters.incr('named', 10, { windows, at: now });
    const month = { window: 'month', at: now, delta: 1, ...why } as const;
    await metering().correct('named', month);
    await metering().correct('named', { ...month, window: 'hour', delta: 2, windows: ['week'] });
    const sums = await Promise.all(
      windows.map((window) => other().sum('named', { window, from: now })),
    );
    expect(sums).toEqual([12, 12, 11]);
    expect(await other().total('named')).toBe(13);
  });

  test('loses and doubles nothing while others count with full speed', async () => {
    const now = Date.now();
    const still = { going: true };
    let recorded = 0;
    const counting = Promise.all(
      started().map(async ({ counters }) => {
        while (still.going) {
          await counters.incr('calls.busy', 1, { at: now, updateInterval: 0 });
          recorded++;
        }
      }),
    );
    let corrected = 0;
    for (let i = 1; i <= 10; i++) {
      const by = i % 3 === 0 ? { value: 1000 * i } : { delta: -i };
      const service = i % 2 === 0 ? metering() : other();
      const asked = { window: 'day', at: now, ...why } as const;
      corrected += (await service.correct('calls.busy', { ...asked, ...by })).delta;
    }
    still.going = false;
    await counting;
    const asked = { window: 'day', from: now, to: now + 1 } as const;
    // one that is not counted within acknowledgeTimeout is counted a little later
    const sum = () => other().sum('calls.busy', asked);
    await expect.poll(sum).toBe(recorded + corrected);
    await started()[0].counters.flush();
    expect(await sum()).toBe(recorded + corrected);
    expect(await other().total('calls.busy')).toBe(recorded + corrected);
  });

  test('of a process that died behind its commit is counted by another one', async () => {
    const [first] = started();
    const store = first.app.get<CounterStore>(COUNTER_STORE);
    const start = Math.floor(at.getTime() / DAY) * DAY;
    const ofDay = { name: 'calls.died', window: 'day', start } as const;
    const made = { ...ofDay, id: 'it', delta: '7', madeAt: Date.now(), ...why };
    const suffix = bucketSuffix(ofDay);
    const counted = { id: '0', name: 'calls.died', delta: '7', windows: [], madeAt: Date.now() };
    await store.corrections.make({ ...made, windows: [] }, [{ ...counted, moved: { suffix } }]);
    await expect.poll(() => counts('calls.died')).toMatchObject({ day: 7, month: 0, total: 0 });
    const again = { window: 'day', at, delta: 7, id: 'it', ...why } as const;
    expect(await metering().correct('calls.died', again)).toMatchObject({ made: false });
  });

  test('answers bigint where that is asked for', async () => {
    const huge = 2n ** 60n;
    const asked = { window: 'month', at, ...why, bigint: true } as const;
    const done = await metering().correct('calls.huge', { ...asked, value: huge });
    expect(done).toMatchObject({ before: 0n, after: huge, delta: huge });
    const listed = { window: 'month', bigint: true } as const;
    expect(await other().corrections('calls.huge', listed)).toMatchObject([{ delta: huge }]);
  });

  test.each<[what: string, options: object, allowed: RegExp]>([
    ['no reason', { reason: undefined }, /needs the options reason and by/],
    ['nobody', { by: undefined }, /needs the options reason and by/],
    ['an empty reason', { reason: '' }, /reason must be a well-formed string/],
    ['neither delta nor value', { delta: undefined }, /needs either delta or value/],
    ['both', { value: 3 }, /needs either delta or value/],
    ['no window', { window: 'year' }, /window must be minute, hour/],
    ['no time', { at: 'June' }, /at must be a valid Date/],
    ['a time to come', { at: Date.now() + 2 * DAY }, /must be in a day that has begun/],
    [
      'a window that is gone',
      { window: 'hour' },
      /is still kept \(option windows.retention.hour\)/,
    ],
    ['a shorter window', { windows: ['hour'] }, /a day can be week, month, not hour/],
    ['an unknown option', { to: 3 }, /has no option "to"/],
    [
      'a text that no database holds',
      { reason: 'a\0' },
      /reason must not hold the character U.0000/,
    ],
    ['an id too long', { id: 'x'.repeat(65) }, /id must be a well-formed string of 1 to 64/],
  ])('changes nothing where an option is wrong, and says what is allowed: %s', async (...given) => {
    const [, options, allowed] = given;
    const asked = { window: 'day', at, delta: 1, ...why, ...options } as CorrectOptions;
    const wrong = metering().correct('calls.wrong', asked);
    await expect(wrong).rejects.toThrow(InvalidArgumentError);
    await expect(wrong).rejects.toThrow(allowed);
    expect(await metering().corrections('calls.wrong', { window: 'day' })).toEqual([]);
  });
});
