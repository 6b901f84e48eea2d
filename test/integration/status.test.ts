import { hostname } from 'node:os';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { CounterCache } from '../../lib/cache/counter-cache.js';
import { COUNTER_CACHE, COUNTER_STORE } from '../../lib/module/tokens.js';
import type { CounterStore } from '../../lib/database/counter-store.js';
import { VERSION } from '../../lib/version.js';
import { type Application, MODES, startApplication } from '../support/application.js';
import { createCounterDatabase } from '../support/servers/counter-database.js';
import { asCounterUser } from '../support/servers/documented-access.js';
import { startRedis } from '../support/servers/redis.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

async function started(options: Parameters<typeof startApplication>[0]): Promise<Application> {
  const application = await startApplication(options);
  onTestFinished(() => application.close());
  return application;
}

/** Which comes first: the status, or a timer that was set beside it. */
function first({ counters }: Application): Promise<unknown> {
  const timer = new Promise((resolve) => setTimeout(resolve, 1000, 'the timer'));
  return Promise.race([counters.status(), timer]);
}

describe.each(MODES)('status() where all is well: %s', (mode) => {
  test('knows the workers, and when the database took a batch', async () => {
    const { counters } = await started({ mode, updateInterval: 60_000 });
    const before = Date.now() - 60_000;
    await counters.incr('one');
    await expect
      .poll(async () => (await counters.status()).persisting.workers)
      .toEqual([
        {
          ...{ host: hostname(), pid: process.pid, version: VERSION },
          ...{ seenAt: expect.any(Date) as Date, silentMs: expect.any(Number) as number },
        },
      ]);
    await counters.flush();
    await expect
      .poll(async () => (await counters.status()).persisting)
      .toMatchObject({ overdueMs: 0, lastAt: expect.any(Date) as Date });
    const { persisting, problems } = await counters.status();
    expect(persisting.lastAt?.getTime()).toBeGreaterThan(before);
    // a process says every ten seconds that it runs
    expect(persisting.workers?.[0]?.silentMs).toBeLessThan(30_000);
    expect(problems).toEqual([]);
  });

  test('asks the servers once a second, however many ask', async () => {
    const { app, counters } = await started({ mode });
    await counters.incr('one');
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const store = app.get<CounterStore>(COUNTER_STORE);
    const asked = [vi.spyOn(cache, 'processes'), vi.spyOn(store, 'persistedAt')];
    const begin = performance.now();
    while (performance.now() - begin < 1500) {
      await Promise.all(Array.from({ length: 20 }, () => counters.status()));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const seconds = (performance.now() - begin) / 1000;
    for (const { mock } of asked) {
      expect(mock.calls.length).toBeGreaterThan(0);
      expect(mock.calls.length).toBeLessThanOrEqual(seconds + 1);
    }
  });
});

test('a worker that ends in order is none any more', async () => {
  const { namespace, databaseUrl, counters } = await started({ workers: false });
  const worker = await startApplication({ namespace, databaseUrl });
  const workers = async () => (await counters.status()).persisting.workers?.length;
  await expect.poll(workers).toBe(1);
  await worker.close();
  await expect.poll(workers).toBe(0);
});

test('a server that is away is a problem until it answers: at once where it refuses, and where it is silent soon', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const url = asCounterUser(await createCounterDatabase());
  const proxy = await startTcpProxy(url);
  onTestFinished(() => proxy.stop());
  const { counters } = await started({
    ...{ redis: redis.url, databaseUrl: proxy.url, workers: false },
  });
  const away = async (): Promise<string[]> => {
    const { problems, cache, database } = await counters.status();
    const codes = problems.map(({ code }) => code).filter((code) => code.endsWith('-AWAY'));
    // what answers is no problem
    if (cache.answers) expect(codes).not.toContain('FC-REDIS-AWAY');
    if (database.answers) expect(codes).not.toContain('FC-DATABASE-AWAY');
    return codes;
  };
  await expect.poll(away).toEqual([]);
  await redis.kill();
  await expect.poll(away).toEqual(['FC-REDIS-AWAY']);
  await redis.restart();
  await expect.poll(away).toEqual([]);

  redis.pause();
  proxy.set({ swallow: 'both' });
  await expect.poll(away).toEqual(['FC-REDIS-AWAY', 'FC-DATABASE-AWAY']);
  redis.resume();
  proxy.set({ swallow: 'nothing' });
  proxy.cut();
  await expect.poll(away).toEqual([]);
});

test('a server that is frozen is not waited for, and what the other says is told', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const url = asCounterUser(await createCounterDatabase());
  const proxy = await startTcpProxy(url);
  onTestFinished(() => proxy.stop());
  const application = await started({ redis: redis.url, databaseUrl: proxy.url });
  const { counters } = application;
  await counters.incr('one');
  const answers = async (): Promise<boolean[]> => {
    const { cache, database } = await counters.status();
    return [cache.answers, database.answers];
  };
  await expect.poll(answers).toEqual([true, true]);

  redis.pause();
  await expect.poll(answers).toEqual([false, true]);
  expect(await first(application)).toMatchObject({
    cache: { answers: false, error: expect.any(String) as string },
    persisting: { lastAt: expect.any(Date) as Date },
  });
  redis.resume();
  await expect.poll(answers).toEqual([true, true]);

  proxy.set({ swallow: 'both' });
  await expect.poll(answers).toEqual([true, false]);
  expect(await first(application)).toMatchObject({
    database: { answers: false },
    partitions: [{ seeded: true }, {}, {}, {}, {}],
  });
  proxy.set({ swallow: 'nothing' });
  // an answer that was swallowed never comes
  proxy.cut();
  await expect.poll(answers).toEqual([true, true]);

  await redis.kill();
  proxy.refuse(true);
  proxy.cut();
  await expect.poll(answers).toEqual([false, false]);
  expect(await first(application)).toMatchObject({ cache: { answers: false } });
  await redis.restart();
  proxy.refuse(false);
});
