import type { DataSource } from 'typeorm';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { COUNTER_STORE, type CounterStore, MeteringService } from '../../lib/index.js';
import { LateWindows } from '../../lib/persisting/late-windows.js';
import { Calendar } from '../../lib/windows/calendar.js';
import { startApplication } from '../support/application.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** In a day that is over. */
const at = new Date(Date.now() - 3 * DAY);
const window = 'day';
const acme = { dimensions: { tenant: 'acme' } };

/** Holds what changes rows of closed windows, right before it changes them. */
async function holdBack(dataSource: DataSource, namespace: string) {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `fastcounter:closing:${namespace}`,
  ]);
  return {
    isWaitedFor: async () => {
      const waiting = await dataSource.query<unknown[]>(
        `SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
          WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted`,
      );
      return waiting.length > 0;
    },
    letGo: async () => {
      await runner.commitTransaction();
      await runner.release();
    },
  };
}

/** A process whose Redis can go away, and a day of the name that is closed with 5. */
async function started(name: string) {
  const redis = await startTcpProxy(inject('redisUrl'));
  onTestFinished(() => redis.stop());
  const application = await startApplication({
    ...{ redis: redis.url, updateInterval: HOUR, acknowledgeTimeout: 1000 },
    windows: { late: 'park' },
  });
  onTestFinished(() => application.close());
  const { app, counters, events, dataSource, namespace } = application;
  const metering = app.get(MeteringService);
  const { closings } = app.get<CounterStore>(COUNTER_STORE);
  const count = (delta: number) => metering.record(name, delta, { ...acme, windows: [window], at });
  await count(5);
  await metering.close(name, { window, at });
  return {
    ...{ metering, counters, events, count },
    /** Does it, and Redis is away from when the database is about to commit. */
    withoutRedis: async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
      const held = await holdBack(dataSource, namespace);
      const working = work();
      working.catch(() => undefined);
      await expect.poll(held.isWaitedFor).toBe(true);
      redis.set({ swallow: 'both' });
      await held.letGo();
      return working.finally(() => {
        redis.set({ swallow: 'nothing' });
        redis.cut();
      });
    },
    /** As charts have it: by what Redis has cached. */
    charted: async () => (await metering.series(name, { ...acme, window, from: at }))[0]?.value,
    /** A round of another process. */
    look: () =>
      new LateWindows(
        {
          ...{ closings, events, calendar: new Calendar('UTC') },
          refresher: { refresh: (names) => counters.refresh(names) },
        },
        {
          ...{ late: 'park', acceptPast: DAY },
          retention: { minute: 0, hour: 0, day: 0, week: 0, month: 0 },
        },
      ).look(),
  };
}

describe('a Redis that goes away behind the commit by which rows of a closed window change', () => {
  test('keeps no correction from being told as made, and is told of it later', async () => {
    const { metering, events, withoutRedis, charted, look } = await started('corrected');
    const told: object[] = [];
    events.on('changed', (event) => told.push(event));
    expect(await charted()).toBe(5);
    const done = await withoutRedis(() =>
      metering.correct('corrected', { ...acme, window, at, delta: 4, reason: 'it', by: 'ada' }),
    );
    expect(done).toMatchObject({ before: 5, after: 9, made: true });
    expect(told).toMatchObject([{ operation: 'correct', before: 5n, after: 9n }]);
    expect(await metering.corrections('corrected', { window })).toHaveLength(1);
    await expect.poll(charted).toBe(5);
    await look();
    expect(await charted()).toBe(9);
  });

  test('keeps nobody from hearing of late counts, and is told of them later', async () => {
    const { metering, counters, events, count, withoutRedis, charted, look } =
      await started('late');
    const told: object[] = [];
    events.on('lateCounts', (event) => told.push(event));
    await count(3);
    await counters.flush();
    expect(await charted()).toBe(8);
    const { late } = await withoutRedis(() => metering.late('late', { window, from: at }));
    expect(late.map(({ delta }) => delta)).toEqual([3n, 3n]);
    expect(told).toMatchObject([{ name: 'late', counters: 2 }]);
    await expect.poll(charted).toBe(8);
    await look();
    expect(await charted()).toBe(5);
  });
});
