import { afterEach, describe, expect, test, vi } from 'vitest';
import { CounterBucket, MeteringService, meteredName } from '../../lib/index.js';
import { type Application, startApplication } from '../support/application.js';

const HOUR = 3_600_000;
const MIDNIGHT = Date.UTC(2026, 10, 22);
const TENANTS = 1000;
const ENDPOINTS = 20;
const CALLS_AN_HOUR = 1000;

/** Park and Miller's generator: the same day every time. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

describe('a day of metering', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('has every bucket as it was sent, restarts in between', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: MIDNIGHT });
    const random = randomNumbers(42);
    const sent = new Map<string, number>();
    const note = (name: string, window: string, start: number, delta: number): void => {
      const key = `${name} ${window} ${start}`;
      sent.set(key, (sent.get(key) ?? 0) + delta);
    };
    let application: Application = await startApplication({ updateInterval: 500 });
    const { databaseUrl, namespace } = application;
    for (let hour = 0; hour < 24; hour++) {
      if (hour % 6 === 5) {
        await application.close();
        application = await startApplication({ updateInterval: 500, databaseUrl, namespace });
      }
      const metering = application.app.get(MeteringService);
      const calls: Promise<void>[] = [];
      for (let call = 0; call < CALLS_AN_HOUR; call++) {
        const now = MIDNIGHT + hour * HOUR + Math.floor((call * HOUR) / CALLS_AN_HOUR);
        vi.setSystemTime(now);
        const name = `GET /endpoint/${random(ENDPOINTS)}`;
        const dimensions = { tenant: `tenant-${random(TENANTS)}` };
        const delta = 1 + random(5);
        calls.push(metering.record(name, delta, { dimensions, windows: ['hour', 'day'] }));
        for (const counter of [name, meteredName(name, dimensions)]) {
          note(counter, 'hour', MIDNIGHT + hour * HOUR, delta);
          note(counter, 'day', MIDNIGHT, delta);
        }
      }
      // the first calls of an hour may be delivered in the next
      if (hour % 3 === 0) await Promise.all(calls);
    }
    await application.counters.flush();
    const rows = await application.dataSource.manager.find(CounterBucket);
    const found = rows.map(({ name, window, startsAt, value }): [string, number] => [
      `${name} ${window} ${startsAt.getTime()}`,
      Number(value),
    ]);
    expect(found).toHaveLength(sent.size);
    expect(new Map(found)).toEqual(sent);
    const series = await application.app
      .get(MeteringService)
      .series('GET /endpoint/7', { window: 'hour', from: MIDNIGHT, to: MIDNIGHT + 24 * HOUR });
    expect(series.map(({ value }) => value)).toEqual(
      Array.from({ length: 24 }, (_, hour) =>
        sent.get(`GET /endpoint/7 hour ${MIDNIGHT + hour * HOUR}`),
      ),
    );
    await application.close();
  });
});
