import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
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
    await expect.poll(() => row('before'), { timeout: 20_000 }).toBe(1n);
    await expect.poll(() => row('after'), { timeout: 20_000 }).toBe(1n);
    // and on again
    shift = 0;
    await counters.incr('before');
    await expect.poll(() => row('before'), { timeout: 20_000 }).toBe(2n);
  });

  test('makes no idempotency key live longer', async () => {
    const application = await startApplication({ mode, idempotencyTtl: 1_000 });
    onTestFinished(() => application.close());
    const { counters } = application;
    const once = { idempotencyKey: 'once' };
    await counters.incr('counter', 1, once);
    shift = -HOUR;
    await expect
      .poll(() => counters.incrAndGet('counter', 1, once), { interval: 200, timeout: 20_000 })
      .toBe(2);
  });
});

test('an outage lasts as long as it lasts, whatever is done to the clock', () => {
  const events = new CounterEvents();
  const lasted: number[] = [];
  events.on('recovery', ({ milliseconds }) => lasted.push(milliseconds));
  events.failed('redis', new Error('away'));
  shift = -HOUR;
  events.succeeded('redis');
  events.failed('redis', new Error('away'));
  shift = HOUR;
  events.succeeded('redis');
  expect(lasted).toHaveLength(2);
  for (const milliseconds of lasted) {
    expect(milliseconds).toBeGreaterThanOrEqual(0);
    expect(milliseconds).toBeLessThan(HOUR / 2);
  }
});
