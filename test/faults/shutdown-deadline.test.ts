import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startApplication } from '../support/application.js';
import { startRedis } from '../support/servers/redis.js';
import { closed, expectExactly, listenTo, mayFail } from '../support/told.js';

const shutdownTimeout = 2000;
/** A machine that is busy adds to each timer, but not another deadline. */
const ALLOWED = 2 * shutdownTimeout;

/** How long closing takes, with the counts of one more increment on their way. */
async function closing(application: Awaited<ReturnType<typeof startApplication>>): Promise<number> {
  application.counters.incr('late', 1).catch(() => undefined);
  const begun = performance.now();
  await application.close();
  return performance.now() - begun;
}

test.each([
  { away: 'frozen', workers: true },
  { away: 'frozen', workers: false },
  { away: 'gone', workers: true },
  { away: 'gone', workers: false },
])('shutting down has one deadline: Redis $away, workers $workers', async ({ away, workers }) => {
  const of = workers ? (['write', 'persist', 'queue'] as const) : (['write', 'queue'] as const);
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const application = await startApplication({ redis: server.url, workers, shutdownTimeout });
  const teller = listenTo(application);
  await application.counters.incr('early');
  if (away === 'frozen') {
    server.pause();
    onTestFinished(() => server.resume());
  } else await server.kill();
  expect(await closing(application)).toBeLessThan(ALLOWED);
  // of what is under way at the end nothing is told as an outage; a server that is gone is found out at once
  await expectExactly([closed(teller)], away === 'gone' ? mayFail(...of) : {});
});

test.each([true, false])(
  'shutting down has one deadline with BullMQ: Redis frozen, workers %s; what was acknowledged is counted when it goes on',
  async (workers) => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const settings = { redis: server.url, queue: { driver: 'bullmq' }, shutdownTimeout } as const;
    // of the first counts nothing is persisted when it ends
    const first = await startApplication({ ...settings, workers, updateInterval: 60_000 });
    const { databaseUrl, namespace, counters } = first;
    const teller = listenTo(first);
    await counters.incrMany([{ name: 'a' }, { name: 'b', delta: 2 }, { name: 'c', delta: 3 }]);
    server.pause();
    onTestFinished(() => server.resume());
    expect(await closing(first)).toBeLessThan(ALLOWED);
    await expectExactly([closed(teller)], {});
    server.resume();
    const next = await startApplication({ ...settings, databaseUrl, namespace });
    await next.counters.flush();
    const values = ['a', 'b', 'c'].map((name) => next.row(name));
    expect(await Promise.all(values)).toEqual([1n, 2n, 3n]);
    // its caller was told nothing: it may have arrived
    expect(await next.counters.getCount('late')).toBeLessThanOrEqual(1);
    await next.close();
  },
);

test.each(['redis', 'embedded'] as const)(
  'shutting down has one deadline: the database answers nothing, %s',
  async (mode) => {
    const application = await startApplication({ mode, shutdownTimeout, updateInterval: 0 });
    const teller = listenTo(application);
    await application.counters.incr('early');
    await application.counters.flush();
    const blocker = new pg.Client(application.databaseUrl);
    await blocker.connect();
    onTestFinished(() => blocker.end());
    await application.asOwner('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
    await blocker.query('BEGIN; LOCK TABLE fast_counter_ledger, fast_counter');
    await application.counters.incr('early');
    expect(await closing(application)).toBeLessThan(ALLOWED);
    // that of the batch under way
    await expectExactly([closed(teller)], { persistFailed: 'some' });
  },
);
