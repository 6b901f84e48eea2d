import { Controller, Get } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { CounterEvents, CounterService, Quota } from '../../lib/index.js';
import { QuotaTaker, type Take } from '../../lib/metering/service/quota-taker.js';
import { takeAll } from '../../lib/metering/quota/take-all.js';
import { startRedis } from '../support/servers/redis.js';
import { startCounting } from './counting.js';
import { serve } from './quota-application.js';

/** Milliseconds: a machine that is busy must not be taken for servers that are away. */
const PATIENT = 30_000;

@Controller()
class Reports {
  @Get('monthly')
  @Quota({ name: 'monthly', timeout: PATIENT, limit: 2, window: 'month' })
  monthly(): string {
    return 'ok';
  }

  @Get('both')
  @Quota([
    { name: 'a.lenient', timeout: PATIENT, limit: 2 },
    { name: 'b.strict', timeout: PATIENT, limit: 2, whenUnavailable: 'refuse' },
  ])
  both(): string {
    return 'ok';
  }

  @Get('hasty')
  @Quota({ name: 'hasty', timeout: 50, limit: 2, delta: 2 })
  hasty(): string {
    return 'ok';
  }
}

describe.each(['redis', 'embedded'] as const)('while the database is away, %s,', (mode) => {
  test('a call that is let through counts, beyond the limit too, and one that is refused does not', async () => {
    const options = mode === 'redis' ? { redis: inject('redisUrl') } : {};
    const { app, metering, call } = await serve(new ExpressAdapter(), [Reports], options);
    // so that the partitions are set up
    const counters = app.get(CounterService);
    await counters.incrMany(Array.from({ length: 60 }, (_, index) => ({ name: `warm ${index}` })));
    const database = app.get(DataSource);
    await database.query('ALTER TABLE fast_counter RENAME TO fast_counter_away');
    const during: number[] = [];
    for (let made = 0; made < 5; made++) during.push((await call('monthly')).status);
    for (let made = 0; made < 3; made++) during.push((await call('both')).status);
    expect(during).toEqual([200, 200, 200, 200, 200, 503, 503, 503]);
    await database.query('ALTER TABLE fast_counter_away RENAME TO fast_counter');
    const used = async () => {
      const from = Date.now();
      const [month] = await metering.series('monthly', { window: 'month', from });
      return [await metering.total('monthly'), month?.value];
    };
    await expect.poll(used, { timeout: PATIENT }).toEqual([5, 5]);
    expect((await call('monthly')).status).toBe(429);
    expect(await used()).toEqual([5, 5]);
    expect([await metering.total('a.lenient'), await metering.total('b.strict')]).toEqual([0, 0]);
  });
});

test('what Redis refuses when it is back counts: the call was let through', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const { metering, call } = await serve(new ExpressAdapter(), [Reports], { redis: redis.url });
  await metering.consume('hasty', { limit: 2, delta: 2 });
  redis.pause();
  expect((await call('hasty')).status).toBe(200);
  redis.resume();
  await expect.poll(() => metering.total('hasty'), { timeout: PATIENT }).toBe(4);
});

test('a call that is let through because the buffer is full is told by an event', async () => {
  const app = await startCounting({}, { maxBufferedNames: 1 });
  const codes: unknown[] = [];
  app
    .get(CounterEvents)
    .on('rejected', ({ error }) => codes.push((error as { code?: string }).code));
  const counters = app.get(CounterService);
  const filling = counters.incr('fills the buffer', 1, { idempotencyKey: 'alone' });
  const rule = { name: 'full', limit: 1 };
  const bound = { counter: 'full', limit: 1n, delta: 1n };
  const { kind } = await takeAll([{ rule, bound }], app.get(QuotaTaker), Date.now());
  await filling;
  expect(kind).toBe('allowed');
  expect(await counters.getCount('full')).toBe(0);
  expect(codes).toEqual(['BACKPRESSURE']);
});

test('a process that ends between two quotas of a call has taken from the first one', async () => {
  const app = await startCounting({}, {});
  const taker = app.get(QuotaTaker);
  let reached = (): void => undefined;
  const second = new Promise<void>((resolve) => (reached = resolve));
  const take: QuotaTaker['take'] = (bound, now): Take => {
    if (bound.counter === 'a') return taker.take(bound, now);
    reached();
    const never = new Promise<never>(() => undefined);
    return { taken: never, countAnyway: () => undefined, giveBack: () => never };
  };
  const asked = ['a', 'b'].map((name) => ({
    rule: { name, limit: 5, timeout: PATIENT },
    bound: { counter: name, limit: 5n, delta: 1n },
  }));
  void takeAll(asked, { take } as unknown as QuotaTaker, Date.now());
  await second;
  expect(await app.get(CounterService).getCount('a')).toBe(1);
});

test('a refused call waits for its timeout once, also where nothing can be given back', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const never = new Promise<never>(() => undefined);
  const taken = { allowed: true, used: 1n };
  const giveBack = vi.fn(() => never);
  const take = ({ counter }: { counter: string }) => ({
    taken: counter === 'a' ? Promise.resolve(taken) : never,
    giveBack,
    countAnyway: () => undefined,
  });
  const timeout = 1000;
  const asked = ['a', 'b'].map((name) => ({
    rule: { name, limit: 5, timeout, whenUnavailable: 'refuse' as const },
    bound: { counter: name, limit: 5n, delta: 1n },
  }));
  let verdict: unknown;
  void takeAll(asked, { take } as unknown as QuotaTaker, 0).then((found) => (verdict = found));
  await vi.advanceTimersByTimeAsync(timeout - 1);
  expect(verdict).toBeUndefined();
  await vi.advanceTimersByTimeAsync(2);
  expect(verdict).toEqual({ kind: 'unavailable' });
  expect(giveBack).toHaveBeenCalledTimes(2);
});
