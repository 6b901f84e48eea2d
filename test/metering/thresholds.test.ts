import { Controller, Get } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  type CounterEventMap,
  CounterEvents,
  InvalidArgumentError,
  InvalidOptionsError,
  MeteringService,
  Quota,
} from '../../lib/index.js';
import { QuotaTaker } from '../../lib/metering/service/quota-taker.js';
import { type Application, MODES, startApplication } from '../support/application.js';
import { redisCommands } from '../support/redis-cache.js';
import { startRedis } from '../support/servers/redis.js';
import { useTwins } from '../support/use-application.js';
import { serve } from './quota-application.js';

type Crossed = CounterEventMap['quotaCrossed'][0];

/** What these applications are told from now on. */
function listening(...applications: Pick<Application, 'app'>[]): Crossed[] {
  const told: Crossed[] = [];
  for (const { app } of applications)
    app.get(CounterEvents).on('quotaCrossed', (it) => told.push(it));
  return told;
}

const shares = (told: readonly Crossed[]): number[] =>
  told.map(({ threshold }) => threshold).toSorted((a, b) => a - b);

/** Every call that was made before is answered by then, and what it told is told. */
const settle = (applications: readonly Application[]) =>
  Promise.all(applications.map(({ counters }) => counters.flush()));

describe.each(MODES)('thresholds of two processes, %s,', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });
  const metering = (call = 0): MeteringService => {
    const [first, second] = started();
    return (call % 2 === 0 ? first : second).app.get(MeteringService);
  };

  test('are told once over all, of many calls at once', async () => {
    const told = listening(...started());
    const options = { limit: 20, thresholds: [0.5, 1], window: 'month' } as const;
    const calls = Array.from({ length: 30 }, (_, call) =>
      metering(call).consume('many', { ...options, dimensions: { tenant: 'acme' } }),
    );
    await Promise.all(calls);
    await settle(started());
    expect(shares(told)).toEqual([0.5, 1]);
    const now = new Date();
    const start = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()));
    const last = told.find(({ threshold }) => threshold === 1);
    const quota = { name: 'many', dimensions: { tenant: 'acme' }, window: 'month', limit: 20n };
    expect(last).toEqual({ ...quota, start, threshold: 1, used: 20n });
    const groupBy = ['tenant', 'threshold'];
    const found = await metering().top({ name: 'many.crossed', groupBy, window: 'month' });
    expect(found.map(({ dimensions, value }) => ({ ...dimensions, value }))).toEqual([
      { tenant: 'acme', threshold: '1', value: 1 },
      { tenant: 'acme', threshold: '0.5', value: 1 },
    ]);
  });

  test('are told once in each window, also where what was taken is given back and taken again', async () => {
    const told = listening(...started());
    const at = (hour: number) =>
      vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 22, hour) });
    onTestFinished(() => void vi.useRealTimers());
    const options = { limit: 10, thresholds: [0.3], delta: 3, window: 'hour' } as const;
    for (const hour of [12, 13]) {
      at(hour);
      for (const call of [0, 1, 2, 3]) {
        const { refund } = await metering(call).consume('again', options);
        await refund();
      }
    }
    await settle(started());
    const of = {
      name: 'again',
      dimensions: {},
      window: 'hour',
      threshold: 0.3,
      used: 3n,
      limit: 10n,
    };
    const from = Date.UTC(2026, 10, 22, 12);
    expect(told).toEqual([
      { ...of, start: new Date(from) },
      { ...of, start: new Date(from + 3_600_000) },
    ]);
  });

  test('are told by the next call where the process that crossed them ended before it told', async () => {
    const [first, second] = started();
    const told = listening(first, second);
    const bound = { counter: 'killed', limit: 5n, delta: 5n };
    await first.app.get(QuotaTaker, { strict: false }).take(bound, Date.now()).taken;
    const options = { limit: 5, thresholds: [1] };
    const { allowed } = await second.app.get(MeteringService).consume('killed', options);
    expect(allowed).toBe(false);
    await settle([first, second]);
    expect(told).toEqual([{ name: 'killed', dimensions: {}, threshold: 1, used: 5n, limit: 5n }]);
  });

  test('may be beyond the limit, where overage is counted, and are exact', async () => {
    const told = listening(...started());
    const options = { limit: 30, thresholds: [0.1, 1.2], overage: 'count' } as const;
    await metering().consume('beyond', { ...options, delta: 3 });
    await metering().consume('beyond', { ...options, delta: 32 });
    await settle(started());
    expect(shares(told)).toEqual([0.1]);
    await metering().consume('beyond', options);
    await settle(started());
    expect(shares(told)).toEqual([0.1, 1.2]);
  });

  test('of quotas without a limit, and in a look, tell nothing', async () => {
    const told = listening(...started());
    await metering().consume('endless', { limit: Infinity, delta: 9, thresholds: [0.5] });
    await metering().quota('endless', { limit: 9 });
    await metering().consume('endless', { limit: 0, delta: -9, thresholds: [0.5] });
    await settle(started());
    expect(told).toEqual([]);
  });

  test('with names that are too long for what was crossed let calls pass, and say so', async () => {
    const told = listening(...started());
    const codes: unknown[] = [];
    const [{ events }] = started();
    events.on('rejected', ({ error }) => codes.push((error as { code?: string }).code));
    const call = () => metering().consume('n'.repeat(180), { limit: 1, thresholds: [1] });
    expect([(await call()).allowed, (await call()).allowed]).toEqual([true, false]);
    await settle(started());
    expect([told, codes]).toEqual([[], ['INVALID_COUNTER_NAME']]);
  });

  test.each([
    [[0], 'thresholds must be an array of at most 16 shares of the limit, such as [0.8, 1]'],
    [[101], 'numbers above 0, up to 100, with at most 6 decimals, not [101]'],
    [[0.12345678], 'with at most 6 decimals'],
    [0.8, 'thresholds must be an array'],
    [Array<number>(17).fill(1), 'at most 16'],
  ])('are checked: %j', async (thresholds, message) => {
    const call = metering().consume('wrong', { limit: 1, thresholds: thresholds as number[] });
    await expect(call).rejects.toThrow(InvalidArgumentError);
    await expect(call).rejects.toThrow(message);
    const rule = { name: 'wrong', limit: 1, thresholds: thresholds as number[] };
    expect(() => Quota(rule)).toThrow(InvalidOptionsError);
  });
});

test.each([{ name: 'a', dimensions: { threshold: () => 'x' } }, { name: 'a{b}' }])(
  'thresholds of @Quota() are refused where what was crossed has no name: %j',
  (named) => {
    const rule = { limit: 1, thresholds: [1], ...named };
    expect(() => Quota(rule)).toThrow(
      'must have no dimension "threshold", and no { or } in its name',
    );
    expect(() => Quota({ ...rule, thresholds: undefined })).not.toThrow();
  },
);

test('thresholds are not told again after a restart, and by a Redis that lost what was persisted', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const take = async (application: Application, delta: number) =>
    application.app.get(MeteringService).consume('kept', { limit: 10, delta, thresholds: [0.5] });
  const options = { redis: redis.url, updateInterval: 3_600_000 };
  const before = await startApplication(options);
  const first = listening(before);
  await take(before, 6);
  await before.counters.flush();
  const { databaseUrl, namespace } = before;
  await before.close();
  expect(shares(first)).toEqual([0.5]);
  await (
    await redisCommands(redis.url)
  )('FLUSHALL');
  const after = await startApplication({ ...options, databaseUrl, namespace });
  onTestFinished(() => after.close());
  const second = listening(after);
  expect(await take(after, 1)).toMatchObject({ used: 7 });
  await after.counters.flush();
  expect(second).toEqual([]);
});

test('thresholds of @Quota() are told of calls that passed, and of the quota that refused', async () => {
  @Controller()
  class Routes {
    @Get()
    @Quota([
      { name: 'a.wide', limit: 2, thresholds: [0.5, 1], timeout: 30_000 },
      { name: 'b.narrow', limit: 1, thresholds: [1], timeout: 30_000 },
    ])
    get(): string {
      return 'ok';
    }
  }
  const { app, call } = await serve(new ExpressAdapter(), [Routes]);
  const told = listening({ app });
  const statuses = [(await call('')).status, (await call('')).status, (await call('')).status];
  expect(statuses).toEqual([200, 429, 429]);
  await expect
    .poll(() => told.map(({ name, threshold }) => [name, threshold]))
    .toEqual([
      ['a.wide', 0.5],
      ['b.narrow', 1],
    ]);
});
