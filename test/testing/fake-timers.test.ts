import { Controller, Get } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CountCalls,
  CounterEvents,
  CounterService,
  MeteringService,
  Quota,
} from '../../lib/index.js';
import { clearCounters } from '../../lib/testing/index.js';
import { compile } from './start.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const DAY = 86_400_000;

@Controller()
class Reports {
  @Get()
  @CountCalls({ name: 'reports' })
  list(): string[] {
    return ['sales'];
  }

  @Get('limited')
  @Quota({ name: 'limited', limit: 1, window: 'day' })
  limited(): string {
    return 'in';
  }
}

/** Of which none is left to itself: what Jest fakes beyond, only its own process can fake. */
const ALL = [
  ...(['Date', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
];

describe.each([
  ['the usual fakes', {}],
  ['all fakes', { toFake: [...ALL] }],
  ['a fake time of day alone', { toFake: ['Date' as const] }],
])('under %s', (_, settings) => {
  beforeEach(() => void vi.useFakeTimers({ ...settings, now: NOON }));
  afterEach(() => void vi.useRealTimers());

  test('an application starts, counts, persists, is cleared and closes without an advance', async () => {
    const module = await compile({}, { controllers: [Reports] });
    await module.init();
    const counters = module.get(CounterService);
    for (let count = 1; count <= 40; count++) {
      await counters.incr('a');
      expect(await counters.getCount('a')).toBe(count);
    }
    expect(await counters.incrAndGet('a', 2)).toBe(42);
    const names = Array.from({ length: 3000 }, (__, index) => `many-${index}`);
    await counters.incrMany(names.map((name) => ({ name })));
    module.get(Reports).list();
    expect(await counters.getCount('reports')).toBe(1);
    await counters.flush();
    expect(await counters.list({ prefix: 'a' })).toMatchObject([
      { name: 'a', value: 42, updatedAt: new Date(NOON) },
    ]);
    expect((await counters.status()).problems).toEqual([]);
    await clearCounters(module);
    expect(await counters.getCount('a')).toBe(0);
    await module.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a window ends where the time of day is set forward', async () => {
    const module = await compile();
    const [counters, metering] = [module.get(CounterService), module.get(MeteringService)];
    const quota = { limit: 1, window: 'day' } as const;
    const windows = ['day'] as const;
    await counters.incr('a', 5, { windows });
    expect(await metering.consume('quota', quota)).toMatchObject({ allowed: true });
    expect(await metering.consume('quota', quota)).toMatchObject({
      allowed: false,
      resetsAt: new Date('2026-03-02T00:00:00Z'),
    });
    vi.setSystemTime(NOON + DAY);
    await counters.incr('a', 2, { windows });
    expect(await metering.consume('quota', quota)).toMatchObject({ allowed: true });
    // a job was asked for that waits for timers which did not go on
    await counters.flush();
    const series = { window: 'day', from: new Date(NOON), to: new Date(NOON + DAY + 1) } as const;
    const days = await metering.series('a', series);
    expect(days.map(({ start, value }) => [start.toISOString().slice(0, 10), value])).toEqual([
      ['2026-03-01', 5],
      ['2026-03-02', 2],
    ]);
    expect(await counters.getCount('a')).toBe(7);
    vi.setSystemTime(NOON - DAY);
    await counters.incr('a', 1, { windows });
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'a', value: 8 }, {}]);
  });

  test('idempotency keys expire by the time of day', async () => {
    const counters = (await compile({ idempotencyTtl: 60_000 })).get(CounterService);
    const once = () => counters.incr('a', 1, { idempotencyKey: 'k' });
    await once();
    vi.setSystemTime(NOON + 59_000);
    await once();
    expect(await counters.getCount('a')).toBe(1);
    vi.setSystemTime(NOON + 60_000);
    await once();
    expect(await counters.getCount('a')).toBe(2);
  });
});

describe('fake timers', () => {
  afterEach(() => void vi.useRealTimers());

  test('that are advanced by an update interval persist, and nothing else goes off', async () => {
    vi.useFakeTimers({ now: NOON });
    const counters = (await compile({ updateInterval: 60_000 })).get(CounterService);
    await counters.incr('a');
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(await counters.list()).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await counters.list()).toMatchObject([{ name: 'a', value: 1 }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('may come and go while an application counts', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const module = await compile();
    const counters = module.get(CounterService);
    await counters.incr('a');
    vi.useFakeTimers({ now: NOON });
    await counters.incr('a');
    await counters.flush();
    vi.useRealTimers();
    await counters.incr('a');
    await counters.flush();
    vi.useFakeTimers({ now: NOON + 365 * DAY });
    await counters.incr('a');
    expect(await counters.getCount('a')).toBe(4);
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ value: 4 }]);
    await module.close();
    // fake clocks warn of native timers that are handed to them
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test('do not stop a quota of a controller over HTTP', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: NOON });
    const module = await compile({}, { controllers: [Reports] });
    const app = module.createNestApplication({ logger: false });
    await app.listen(0);
    const url = `${(await app.getUrl()).replace('[::1]', 'localhost')}/limited`;
    const statuses = [(await fetch(url)).status, (await fetch(url)).status];
    vi.setSystemTime(NOON + DAY);
    statuses.push((await fetch(url)).status);
    expect(statuses).toEqual([200, 429, 200]);
    await app.close();
  });

  test('events come as they are emitted', async () => {
    vi.useFakeTimers();
    const module = await compile();
    const told: number[] = [];
    module.get(CounterEvents).on('persisted', ({ counters }) => told.push(counters));
    await module.get(CounterService).incr('a');
    await module.get(CounterService).flush();
    expect(told).toEqual([1]);
  });
});
