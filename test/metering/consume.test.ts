import { describe, expect, onTestFinished, test } from 'vitest';
import { InvalidArgumentError, MeteringService, UnsafeCountError } from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { redisCommands } from '../support/redis-cache.js';
import { startRedis } from '../support/servers/redis.js';
import { useApplication } from '../support/use-application.js';

const UNSAFE = 2n ** 53n;

describe.each(MODES)('consume(), %s', (mode) => {
  const started = useApplication({ mode, updateInterval: 3_600_000 });
  const metering = (): MeteringService => started().app.get(MeteringService);

  test('gives back by a negative delta, to 0 and no further', async () => {
    const take = (delta: number) => metering().consume('refunds', { limit: 10, delta });
    expect(await take(4)).toEqual({ allowed: true, limit: 10, used: 4, remaining: 6 });
    expect(await take(-3)).toEqual({ allowed: true, limit: 10, used: 1, remaining: 9 });
    expect(await take(-5)).toEqual({ allowed: false, limit: 10, used: 1, remaining: 9 });
    expect(await take(-1)).toEqual({ allowed: true, limit: 10, used: 0, remaining: 10 });
    expect(await take(-1)).toEqual({ allowed: false, limit: 10, used: 0, remaining: 10 });
    expect(await started().counters.getCount('refunds')).toBe(0);
  });

  test('gives back to its window, also where a lower limit was set meanwhile', async () => {
    const take = (delta: number, limit = 10) =>
      metering().consume('lowered', { limit, delta, window: 'month' });
    await take(9);
    expect(await take(1, 5)).toMatchObject({ allowed: false, used: 9, remaining: 0 });
    expect(await take(-2, 5)).toMatchObject({ allowed: true, used: 7, remaining: 0 });
    expect(await take(-3, 5)).toMatchObject({ allowed: true, used: 4, remaining: 1 });
    expect(await take(1, 5)).toMatchObject({ allowed: true, used: 5, remaining: 0 });
  });

  test('of a counter below 0 answers that nothing is used, and no more than the limit is left', async () => {
    await started().counters.incr('below', -7);
    const answered = await metering().consume('below', { limit: 10, delta: 0 });
    expect(answered).toEqual({ allowed: true, limit: 10, used: 0, remaining: 10 });
    expect(await metering().consume('below', { limit: 10, delta: 2 })).toMatchObject({ used: 0 });
  });

  test('takes nothing by a delta of 0, and is allowed while less than the limit is used', async () => {
    const look = () => metering().consume('looked', { limit: 3, delta: 0, window: 'day' });
    expect(await look()).toMatchObject({ allowed: true, used: 0, remaining: 3 });
    await metering().consume('looked', { limit: 3, delta: 3, window: 'day' });
    expect(await look()).toMatchObject({ allowed: false, used: 3, remaining: 0 });
    expect(await metering().consume('looked', { limit: 0, delta: 0 })).toMatchObject({
      allowed: false,
    });
    expect(await started().counters.getCount('looked')).toBe(3);
  });

  test('without a limit counts all the same', async () => {
    const take = () => metering().consume('endless', { limit: Infinity, delta: 5, window: 'day' });
    await take();
    expect(await take()).toMatchObject({
      allowed: true,
      limit: Infinity,
      used: 10,
      remaining: Infinity,
    });
  });

  test('is exact beyond 2^53 as bigint', async () => {
    const options = { limit: UNSAFE + 5n, bigint: true } as const;
    const take = (delta: bigint) => metering().consume('large', { ...options, delta });
    const limit = UNSAFE + 5n;
    expect(await take(UNSAFE)).toEqual({ allowed: true, limit, used: UNSAFE, remaining: 5n });
    expect(await take(1n)).toMatchObject({ allowed: true, used: UNSAFE + 1n, remaining: 4n });
    expect(await take(5n)).toMatchObject({ allowed: false, used: UNSAFE + 1n, remaining: 4n });
  });

  test('as number takes nothing that it could not tell exactly', async () => {
    const { counters } = started();
    const call = metering();
    const count = (name: string) => counters.getCount(name, { bigint: true });
    await expect(call.consume('unsafe', { limit: UNSAFE })).rejects.toThrow(InvalidArgumentError);
    await expect(call.consume('unsafe', { limit: Infinity, bigint: true })).rejects.toThrow(
      'limit must be finite with { bigint: true }',
    );
    expect(await count('unsafe')).toBe(0n);
    expect(await call.consume('unsafe', { limit: 7n })).toMatchObject({ limit: 7, used: 1 });
    await counters.set('unsafe', UNSAFE - 3n);
    const endless = { limit: Infinity, delta: 5 };
    await expect(call.consume('unsafe', endless)).rejects.toThrow(UnsafeCountError);
    await expect(call.consume('unsafe', endless)).rejects.toMatchObject({ value: UNSAFE + 2n });
    expect(await count('unsafe')).toBe(UNSAFE - 3n);
    await counters.set('unsafe', UNSAFE + 9n);
    await expect(call.consume('unsafe', { limit: 10 })).rejects.toThrow(UnsafeCountError);
    await expect(call.consume('unsafe', { limit: 10, delta: -2 })).rejects.toThrow(
      UnsafeCountError,
    );
    expect(await count('unsafe')).toBe(UNSAFE + 9n);
  });

  test('with an idempotency key takes once', async () => {
    const take = () => metering().consume('keyed', { limit: 5, delta: 3, idempotencyKey: 'k' });
    expect([(await take()).allowed, (await take()).allowed]).toEqual([true, true]);
    expect(await started().counters.getCount('keyed')).toBe(3);
  });
});

test('consume() may take again what Redis lost before it was persisted', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const application = await startApplication({ redis: redis.url, updateInterval: 3_600_000 });
  onTestFinished(() => application.close());
  const metering = application.app.get(MeteringService);
  const take = (delta: number) => metering.consume('lost', { limit: 5, delta });
  await take(3);
  await application.counters.flush();
  await take(2);
  expect(await take(1)).toMatchObject({ allowed: false, used: 5 });
  await (
    await redisCommands(redis.url)
  )('FLUSHALL');
  // the first call after a loss may be told that its outcome is unknown
  await metering.total('lost');
  await application.counters.incr('other').catch(() => undefined);
  expect(await take(2)).toMatchObject({ allowed: true, used: 5 });
  expect(await take(1)).toMatchObject({ allowed: false, used: 5 });
});
