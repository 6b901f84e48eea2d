import { createClient } from '@keyv/redis';
import { expect, onTestFinished, test } from 'vitest';
import { startApplication } from '../support/application.js';
import { startRedis } from '../support/servers/redis.js';
import { expectExactly, listenTo, mayFail, outageOf } from '../support/told.js';

test('callers who are refused while Redis is away are counted by code, and what waits is told', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const application = await startApplication({
    redis: redis.url,
    commandTimeout: 300,
    acknowledgeTimeout: 1500,
    maxBufferedNames: 3,
    workers: false,
  });
  onTestFinished(() => application.close());
  const teller = listenTo(application);
  const { counters } = application;
  await counters.incr('first');
  const accepting = await counters.status();
  expect(accepting).toMatchObject({ cache: { answers: true, accepts: true }, refused: {} });
  expect(accepting.cache.lastWrite?.error).toBeUndefined();
  expect(accepting.buffer).toEqual({ entries: 0, increments: 0, limit: 3 });

  await redis.kill();
  const codes = new Map<string, number>();
  const told = (error: { code: string }): void =>
    void codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
  const calls = Array.from({ length: 100 }, () => [
    counters.incr('first'),
    counters.incrMany([{ name: 'first' }, { name: 'second' }]),
    counters.incrAndGet('second'),
  ]).flat();
  for (let i = 0; i < 40; i++) calls.push(counters.incr('third'), counters.incr(`beyond-${i}`));
  const settled = Promise.all(calls.map((call) => call.catch(told)));
  // three are in the buffer, each with all that joined it
  const { buffer } = await counters.status();
  expect(buffer).toMatchObject({ entries: 3, limit: 3 });
  expect(buffer.increments).toBeGreaterThan(100);
  expect(buffer.oldestMs).toBeGreaterThanOrEqual(0);
  await settled;

  const { cache, outages, refused, lastRefusal } = await counters.status();
  expect(cache).toMatchObject({ answers: false, accepts: false });
  expect(cache.lastWrite?.error).toBeDefined();
  expect(outages.map(({ of }) => of)).toContain('write');
  expect(lastRefusal?.error).toContain('[fastcounter]');
  expect(new Set(Object.keys(refused))).toEqual(new Set(codes.keys()));
  expect(refused.BACKPRESSURE).toBe(codes.get('BACKPRESSURE'));
  // one call of incrMany() is told once, of several increments
  expect(refused.OUTCOME_UNKNOWN).toBeGreaterThanOrEqual(codes.get('OUTCOME_UNKNOWN') ?? NaN);
  expect(refused.OUTCOME_UNKNOWN).toBeLessThan(2 * (codes.get('OUTCOME_UNKNOWN') ?? NaN));

  await redis.restart();
  await expect
    .poll(async () => (await counters.status()).cache)
    .toMatchObject({ answers: true, accepts: true });
  expect((await counters.status()).buffer).toEqual({ entries: 0, increments: 0, limit: 3 });
  await expectExactly([teller], {
    ...outageOf('write'),
    backpressure: 'once',
    outcomeUnknown: 'some',
    // a job that the increments ask for
    ...mayFail('queue'),
  });
});

test('a full Redis answers, and does not accept', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const application = await startApplication({ redis: redis.url, acknowledgeTimeout: 1000 });
  onTestFinished(() => application.close());
  const teller = listenTo(application);
  const { counters } = application;
  const admin = await createClient({ url: redis.url }).connect();
  onTestFinished(() => admin.destroy());
  await counters.incr('full');
  await admin.configSet('maxmemory', '1');
  await expect(counters.incr('full')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  const { cache, refused } = await counters.status();
  expect(cache).toMatchObject({ answers: true, accepts: false });
  expect(cache.lastWrite?.error).toContain('OOM');
  expect(refused).toEqual({ OUTCOME_UNKNOWN: 1 });
  await admin.configSet('maxmemory', '0');
  await expect.poll(async () => (await counters.status()).cache.accepts).toBe(true);
  await expectExactly([teller], {
    ...outageOf('write'),
    outcomeUnknown: 'once',
    // a job that comes due in this second
    ...mayFail('persist', 'queue'),
  });
});
