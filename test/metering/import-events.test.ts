import { describe, expect, test } from 'vitest';
import { InvalidArgumentError, type MeteredEvent, MeteringService } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 5, 1);

/** Events of a month, of some tenants. */
const logOf = (name: string, length: number): MeteredEvent[] =>
  Array.from({ length }, (_, i) => ({
    ...{ name, id: `request-${i}`, at: BEGIN + ((i * 7919) % (30 * DAY)), delta: 1 + (i % 3) },
    dimensions: { tenant: `tenant-${i % 5}` },
  }));
const sumOf = (log: readonly MeteredEvent[]): number =>
  log.reduce((sum, { delta }) => sum + Number(delta), 0);

describe.each(MODES)('importEvents(), %s', (mode) => {
  const started = useTwins(mode, {
    ...{ updateInterval: 3_600_000, sweepInterval: 1000 },
    windows: { counters: [{ prefix: 'log', windows: ['month'] }] },
  });
  const metering = (nth: 0 | 1 = 0): MeteringService => started()[nth].app.get(MeteringService);
  const asked = { from: BEGIN, to: BEGIN + 30 * DAY };

  test('counts each event once, in its windows, in whatever order it comes again', async () => {
    const log = logOf('log', 9000);
    const progress: number[] = [];
    const first = await metering().importEvents([...log, ...log.slice(0, 100)], {
      windows: ['day'],
      onProgress: ({ read }) => void progress.push(read),
    });
    expect(first).toEqual({ read: 9100, counted: 9000, repeated: 100 });
    expect(progress).toEqual([9100]);
    const again = [...log].reverse();
    const repeated = { read: 9000, counted: 0, repeated: 9000 };
    expect(await metering(1).importEvents(again, { windows: ['day'] })).toEqual(repeated);
    for (const window of ['day', 'month'] as const) {
      expect(await metering(1).sum('log', { ...asked, window })).toBe(sumOf(log));
    }
    expect(await metering(1).total('log')).toBe(sumOf(log));
    const of3 = log.filter(({ dimensions }) => dimensions?.tenant === 'tenant-3');
    const tenant = { dimensions: { tenant: 'tenant-3' } };
    expect(await metering(1).sum('log', { ...asked, window: 'month', ...tenant })).toBe(sumOf(of3));
    const third = log.filter(({ at }) => Math.floor((Number(at) - BEGIN) / DAY) === 3);
    const day = { window: 'day', from: BEGIN + 3 * DAY, to: BEGIN + 4 * DAY } as const;
    expect(await metering(1).sum('log', day)).toBe(sumOf(third));
    // all of it is persisted
    expect(await started()[0].row('log')).toBe(BigInt(sumOf(log)));
    expect(await started()[0].dataSource.query('SELECT id FROM fast_counter_outbox')).toEqual([]);
  });

  test('leaves out windows that are no longer kept', async () => {
    const at = BEGIN - 300 * DAY;
    const windows = ['minute', 'month'] as const;
    await metering().importEvents([{ name: 'old', id: '1', at }], { windows });
    const of = { from: at, to: at + 1 };
    expect(await metering().sum('old', { ...of, window: 'month' })).toBe(1);
    expect(await metering().sum('old', { ...of, window: 'minute' })).toBe(0);
    expect(await metering().total('old')).toBe(1);
  });

  test('that run at the same time, while others count, count each event once', async () => {
    const log = logOf('log.together', 6000);
    const still = { going: true };
    let counted = 0;
    const counting = (async () => {
      while (still.going) {
        await started()[0].counters.incr('log.together', 1, { updateInterval: 0 });
        counted++;
      }
    })();
    const done = await Promise.all([
      metering(0).importEvents(log.slice(0, 4000)),
      metering(1).importEvents(log.slice(2000)),
      metering(1).importEvents(log.slice(1000, 5000)),
    ]);
    still.going = false;
    await counting;
    expect(done.reduce((sum, each) => sum + each.counted, 0)).toBe(6000);
    expect(await metering().total('log.together')).toBe(sumOf(log) + counted);
    expect(await metering().sum('log.together', { ...asked, window: 'month' })).toBe(sumOf(log));
  });

  test('counts what came before a wrong event, and says which one is wrong', async () => {
    const log = logOf('log.wrong', 10);
    const wrong = metering().importEvents([...log, { ...log[0], id: '' } as MeteredEvent]);
    await expect(wrong).rejects.toThrow(/events\[10\]: id must be a well-formed string/);
    expect(await metering(1).importEvents(log)).toEqual({ read: 10, counted: 0, repeated: 10 });
    expect(await metering(1).total('log.wrong')).toBe(sumOf(log));
  });

  test.each<[what: string, event: object, options: object, allowed: RegExp]>([
    ['no time', { at: 'June' }, {}, /events\[0\]: at must be a valid Date/],
    ['a time to come', { at: Date.now() + DAY }, {}, /at most 5 minutes ahead/],
    ['a time that no database holds', { at: -1 }, {}, /in 1970 or later/],
    ['nothing', { delta: 0 }, {}, /events\[0\]: .*delta/],
    ['an unknown field', { tenant: 'a' }, {}, /has no option "tenant"/],
    ['an unknown option', {}, { window: 'day' }, /has no option "window"/],
    ['no function', {}, { onProgress: 7 }, /onProgress must be a function/],
  ])('counts nothing where something is wrong: %s', async (_, event, options, allowed) => {
    const events = [{ name: 'wrong', id: '1', at: BEGIN, ...event }] as MeteredEvent[];
    const wrong = metering().importEvents(events, options);
    await expect(wrong).rejects.toThrow(InvalidArgumentError);
    await expect(wrong).rejects.toThrow(allowed);
    expect(await metering().total('wrong')).toBe(0);
  });
});
