import { describe, expect, test } from 'vitest';
import { type CounterEventMap, InvalidArgumentError, MeteringService } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

const DAY = 86_400_000;
const windows = ['day', 'month'] as const;

describe.each(MODES)('reconcile() of a window, %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000, sweepInterval: 1000 });
  const at = new Date(Date.now() - 3 * DAY);
  const countOf = async (name: string, window: 'day' | 'month', from: Date | number = at) => {
    const [, { app }] = started();
    return app.get(MeteringService).sum(name, { window, from, to: Number(from) + 1 });
  };

  test('compares one window, and corrects that alone', async () => {
    const [first, second] = started();
    const told: CounterEventMap['changed'][0][] = [];
    second.events.on('changed', (change) => told.push(change));
    await first.counters.incrMany([
      { name: 'w:right', delta: 3, at, windows },
      { name: 'w:wrong', delta: 5, at, windows },
      { name: 'w:none', delta: 2 },
    ]);
    await first.counters.flush();
    await first.counters.incr('w:wrong', 1, { at, windows });
    const truth = new Map([
      ['w:right', 3],
      ['w:wrong', 10],
      ['w:none', 7],
    ]);
    const asked = { prefix: 'w:', window: 'day', at, truth: () => truth, by: 'ada' } as const;
    const drifts = [
      { name: 'w:none', counted: 0n, truth: 7n },
      { name: 'w:wrong', counted: 6n, truth: 10n },
    ];
    const found = { checked: 3, drifted: 2, drifts, changedMeanwhile: [] };
    const dry = await second.counters.reconcile({ ...asked, dryRun: true });
    expect(dry).toEqual({ ...found, corrected: 0 });
    expect(await second.counters.reconcile(asked)).toEqual({ ...found, corrected: 2 });
    const start = new Date(Math.floor(at.getTime() / DAY) * DAY);
    const change = { operation: 'correct', window: 'day', start, by: 'ada' };
    expect(told).toEqual(
      expect.arrayContaining([
        { ...change, name: 'w:none', before: 0n, after: 7n },
        { ...change, name: 'w:wrong', before: 6n, after: 10n },
      ]),
    );
    expect(told).toHaveLength(2);
    for (const [name, day, month, total] of [
      ['w:right', 3, 3, 3],
      ['w:wrong', 10, 6, 6],
      ['w:none', 7, 0, 2],
    ] as const) {
      expect([
        ...[await countOf(name, 'day'), await countOf(name, 'month')],
        await first.counters.getCount(name),
      ]).toEqual([day, month, total]);
    }
    expect((await second.counters.reconcile(asked)).drifted).toBe(0);
    await first.counters.flush();
    expect(await countOf('w:wrong', 'day')).toBe(10);
  });

  test('overwrites no increment that comes meanwhile', async () => {
    const [first, second] = started();
    const names = Array.from({ length: 6 }, (_, id) => `busy:${id}`);
    const truths = new Map(names.map((name) => [name, 0]));
    const now = Date.now();
    const ofDay = { windows, at: now };
    // what was lost before
    await first.counters.incrMany(names.map((name) => ({ name, delta: -1000, ...ofDay })));
    const still = { going: true };
    const writing = names.slice(0, 3).map(async (name) => {
      while (still.going) {
        truths.set(name, (truths.get(name) ?? 0) + 1);
        await first.counters.incr(name, 1, ofDay);
      }
    });
    const asked = { names, window: 'day', at: now, truth: () => new Map(truths) } as const;
    for (let round = 0; round < 10; round++) await second.counters.reconcile(asked);
    still.going = false;
    await Promise.all(writing);
    await second.counters.reconcile(asked);
    for (const name of names) expect(await countOf(name, 'day', now)).toBe(truths.get(name));
    const sent = truths.get('busy:0') ?? 0;
    expect(await countOf('busy:0', 'month', now)).toBe(sent - 1000);
  });

  test.each<[what: string, options: object, allowed: RegExp]>([
    ['a time without a window', { at, window: undefined }, /at needs the option window/],
    ['an unknown window', { window: 'year' }, /window must be minute, hour/],
    ['no time', { at: 'now' }, /at must be a valid Date/],
    ['a window to come', { at: Date.now() + 2 * DAY }, /in a day that has begun/],
    ['a window that is gone', { window: 'minute' }, /is still kept/],
  ])('says what is allowed, and changes nothing: %s', async (_, options, allowed) => {
    const [{ counters }] = started();
    const truth = () => new Map([['never', 5]]);
    const wrong = counters.reconcile({ names: ['never'], window: 'day', at, truth, ...options });
    await expect(wrong).rejects.toThrow(InvalidArgumentError);
    await expect(wrong).rejects.toThrow(allowed);
  });
});
