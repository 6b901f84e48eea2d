import { createClient } from '@keyv/redis';
import type { INestApplicationContext } from '@nestjs/common';
import { expect, inject, onTestFinished, test } from 'vitest';
import { COUNTER_CACHE, type CounterCache } from '../../lib/index.js';
import { type Application, startApplication } from '../support/application.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;
/** Of two partitions, that of `title`; the other one is of `slug`, and of what tells one Redis from another. */
const PARTITION = 1;

const started = useApplication({
  ...{ queue: { count: 2 }, updateInterval: HOUR, sweepInterval: 500 },
  // fewer than one call moves
  maxBufferedNames: 3,
});

/** No batch is written into this row until the answered function is called. */
async function holdRow({ dataSource, namespace }: Application, name: string) {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query('SELECT 1 FROM fast_counter WHERE namespace = $1 AND name = $2 FOR UPDATE', [
    namespace,
    name,
  ]);
  return async (): Promise<void> => {
    await runner.rollbackTransaction();
    await runner.release();
  };
}

/** As a node of a cluster that comes back empty. */
async function wipe(namespace: string): Promise<void> {
  const redis = createClient({ url: inject('redisAdminUrl') });
  await redis.connect();
  const keys = await redis.keys(`fastcounter:{${namespace}:${PARTITION}}::*`);
  expect(keys.length).toBeGreaterThan(0);
  await redis.del(keys);
  redis.destroy();
}

/** A counter of 50 is being renamed to one of 1, whose row is held. */
async function renamed(application: Application) {
  const { counters } = application;
  await counters.incr('slug', 50);
  await counters.incr('title', 1);
  await counters.flush();
  const release = await holdRow(application, 'title');
  return { renaming: counters.rename('slug', 'title'), release };
}

/** What is moved was counted, and is in the hands of a worker that persists it. */
async function claimed(app: INestApplicationContext): Promise<void> {
  const cache = app.get<CounterCache>(COUNTER_CACHE);
  const batch = async () => (await cache.look(PARTITION, ['title'])).parts[0]?.batch;
  await expect.poll(batch).toBe('50');
}

test('what is moved while the memory of Redis is lost is never counted twice: it waits for an operator', async () => {
  const application = started();
  const { app, counters, row, dataSource, namespace } = application;
  const { renaming, release } = await renamed(application);
  await claimed(app);
  await wipe(namespace);
  await release();
  await renaming;
  expect(await row('title')).toBe(51n);
  expect(await row('slug')).toBeUndefined();
  expect((await counters.status()).outbox).toMatchObject({ waiting: 0, refused: 1 });
  await dataSource.query(`DELETE FROM fast_counter_outbox WHERE namespace = $1`, [namespace]);
  expect(await counters.getCounts(['slug', 'title'])).toEqual([0, 51]);
});

test('nor where whoever waits for it loses Redis with that memory', async () => {
  const proxy = await startTcpProxy(inject('redisUrl'));
  onTestFinished(() => proxy.stop());
  const application = await startApplication({
    ...{ redis: proxy.url, queue: { count: 2 }, updateInterval: HOUR, sweepInterval: 500 },
    commandTimeout: 500,
  });
  onTestFinished(() => application.close());
  const { app, counters, events, row, namespace } = application;
  const { renaming, release } = await renamed(application);
  await claimed(app);
  // what tells one Redis from another stays
  proxy.refuse(true);
  proxy.cut();
  await expect(renaming).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  await wipe(namespace);
  await release();
  await expect.poll(() => row('title')).toBe(51n);
  proxy.refuse(false);
  await expect.poll(() => events.outages.list()).toEqual([]);
  const outbox = async () => (await counters.status()).outbox;
  await expect.poll(outbox).toMatchObject({ waiting: 0, refused: 1 });
  await counters.flush();
  expect(await row('title')).toBe(51n);
  expect(await counters.getCount('title')).toBe(51);
});

test('a counter that is deleted while it gets what was moved does not come back', async () => {
  const application = await startApplication({
    ...{ queue: { count: 2 }, updateInterval: HOUR, sweepInterval: 500, flushTimeout: 1000 },
  });
  onTestFinished(() => application.close());
  const { counters, row } = application;
  const { renaming, release } = await renamed(application);
  await expect(renaming).rejects.toMatchObject({ code: 'FLUSH_TIMEOUT' });
  await counters.delete('title');
  await release();
  const outbox = async () => (await counters.status()).outbox;
  await expect.poll(outbox).toMatchObject({ waiting: 0, refused: 0 });
  await counters.flush();
  expect(await counters.getCount('title')).toBe(0);
  expect(await row('title')).toBeUndefined();
});

test('more than the buffer has room for is moved by one call', async () => {
  const { counters, row } = started();
  const names = Array.from({ length: 10 }, (_, i) => `part:${i}`);
  for (const name of names) await counters.incr(name, 2);
  await counters.merge(names, 'whole');
  expect(await row('whole')).toBe(20n);
});
