import { describe, expect, onTestFinished, test } from 'vitest';
import { startApplication } from '../support/application.js';
import { INT64_MAX } from '../support/int64.js';
import { commitsBatch } from '../support/servers/postgres.js';
import { newDatabase } from '../support/surroundings.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const HOUR = 3_600_000;
const options = {
  ...{ queue: { count: 1 }, updateInterval: HOUR, sweepInterval: 200, databaseTimeout: 1000 },
};

/** An application that reaches its database through a proxy. */
async function started(mode: 'redis' | 'embedded') {
  const url = await newDatabase();
  const proxy = await startTcpProxy(url);
  onTestFinished(() => proxy.stop());
  const application = await startApplication({ ...options, mode, databaseUrl: proxy.url });
  onTestFinished(() => application.close());
  const { counters, events } = application;
  const failed: unknown[] = [];
  events.on('persistFailed', ({ error }) => failed.push(error));
  const partition = async () => (await counters.status()).partitions[0];
  return { ...application, url, proxy, failed, partition };
}

type Started = Awaited<ReturnType<typeof started>>;

/** Flushes, and the database commits the batch and is cut off before it says so. Resolves when the batch was repeated. */
async function flushUnanswered({ proxy, events, counters, failed }: Started): Promise<void> {
  const repeated: unknown[] = [];
  events.on('duplicateSkipped', (event) => repeated.push(event));
  let isLost = false;
  proxy.observe((chunk, direction, connection) => {
    if (direction !== 'toServer' || !commitsBatch(chunk) || isLost) return;
    isLost = true;
    connection.set({ swallow: 'toClient' });
    setTimeout(() => connection.cut(), 20);
  });
  await counters.flush();
  await expect.poll(() => repeated).toHaveLength(1);
  expect(failed).toHaveLength(1);
}

describe('a batch whose commit was not answered', () => {
  test('is the last that was persisted, and no error stays', async () => {
    const application = await started('embedded');
    const { counters, partition, row } = application;
    await counters.incr('one', 3);
    await counters.incr('two');
    await flushUnanswered(application);
    expect(await row('one')).toBe(3n);
    const { lastError, lastPersisted } = (await partition()) ?? {};
    expect(lastError).toBeUndefined();
    expect(lastPersisted).toMatchObject({ counters: 2, at: expect.any(Date) as Date });
    const { persisting } = await counters.status();
    expect(persisting.lastAt).toEqual(lastPersisted?.at);
  });

  test('tells what overflowed', async () => {
    const application = await started('embedded');
    const { counters, events, dataSource, namespace } = application;
    const told: string[] = [];
    events.on('overflow', ({ counters: names }) => told.push(...names));
    await dataSource.query('INSERT INTO fast_counter VALUES ($1, $2, $3, now(), now())', [
      ...[namespace, 'full', String(INT64_MAX)],
    ]);
    await counters.incr('full');
    await flushUnanswered(application);
    expect(told).toEqual(['full']);
  });
});

test('why persisting failed is not told any more once it is over, as another process persisted what was left', async () => {
  const { counters, events, url, proxy, namespace, partition } = await started('redis');
  await counters.incr('one');
  proxy.refuse(true);
  proxy.cut();
  await counters.flush().catch(() => undefined);
  await expect.poll(partition).toMatchObject({ lastError: expect.any(String) as string });
  const other = await startApplication({ ...options, namespace, databaseUrl: url });
  onTestFinished(() => other.close());
  await expect.poll(() => other.row('one')).toBe(1n);
  proxy.refuse(false);
  await expect.poll(() => events.outages.list().map(({ of }) => of)).not.toContain('persist');
  expect((await partition())?.lastError).toBeUndefined();
});
