import { createClient } from '@keyv/redis';
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { CounterEvents } from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';

const HOUR = 3_600_000;

const real = Date.now;
let shift = 0;

beforeEach(() => {
  shift = 0;
  // before anything starts, so that nobody holds the real one
  vi.spyOn(Date, 'now').mockImplementation(() => real() + shift);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(MODES)('a clock that is put back by an hour, %s', (mode) => {
  test('changes nothing about when counts are persisted', async () => {
    const application = await startApplication({ mode, updateInterval: 500 });
    onTestFinished(() => application.close());
    const { counters, row } = application;
    await counters.incr('before');
    shift = -HOUR;
    await counters.incr('after');
    await expect.poll(() => row('before')).toBe(1n);
    await expect.poll(() => row('after')).toBe(1n);
    // and on again
    shift = 0;
    await counters.incr('before');
    await expect.poll(() => row('before')).toBe(2n);
  });

  test('makes no idempotency key live longer', async () => {
    const application = await startApplication({
      mode,
      idempotencyTtl: 6_000,
      acknowledgeTimeout: 5_000,
    });
    onTestFinished(() => application.close());
    const { counters } = application;
    const once = { idempotencyKey: 'once' };
    await counters.incr('counter', 1, once);
    shift = -HOUR;
    await expect.poll(() => counters.incrAndGet('counter', 1, once), { interval: 200 }).toBe(2);
  });
});

test('an outage lasts as long as it lasts, whatever is done to the clock', () => {
  const events = new CounterEvents();
  const lasted: number[] = [];
  events.on('recovery', ({ milliseconds }) => lasted.push(milliseconds));
  events.outages.failed('write', 0, new Error('away'));
  shift = -HOUR;
  events.outages.succeeded('write', 0);
  events.outages.failed('write', 0, new Error('away'));
  shift = HOUR;
  events.outages.succeeded('write', 0);
  expect(lasted).toHaveLength(2);
  for (const milliseconds of lasted) {
    expect(milliseconds).toBeGreaterThanOrEqual(0);
    expect(milliseconds).toBeLessThan(HOUR / 2);
  }
});

describe("Redis's clock that is put back by an hour", () => {
  test('keeps nothing that is pending for that hour', async () => {
    const application = await startApplication({ updateInterval: 500, sweepInterval: 200 });
    onTestFinished(() => application.close());
    const { counters, namespace, row } = application;
    await counters.incr('quiet', 1, { updateInterval: 60_000 });
    const redis = createClient({ url: inject('redisAdminUrl') });
    await redis.connect();
    onTestFinished(() => redis.destroy());
    // as if all of it had been written by a clock that was an hour ahead; its jobs come in an hour
    for (let partition = 0; partition < 5; partition++) {
      const keys = `fastcounter:{${namespace}:${partition}}::`;
      for (const { value, score } of await redis.zRangeWithScores(`${keys}due`, 0, -1)) {
        await redis.zAdd(`${keys}due`, { value, score: score + HOUR });
      }
      for (const field of ['wakeAt', 'sweptAt']) {
        const time = await redis.hGet(`${keys}state`, field);
        if (typeof time === 'string') await redis.hSet(`${keys}state`, field, Number(time) + HOUR);
      }
      const jobs = await redis.keys(`${keys}bull:*`);
      if (jobs.length > 0) await redis.del(jobs);
    }
    await expect.poll(() => row('quiet')).toBe(1n);
    const { partitions } = await counters.status();
    expect(partitions.map(({ clockWentBack }) => clockWentBack)).toEqual(
      partitions.map(() => undefined),
    );
  });
});
