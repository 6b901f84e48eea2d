import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApplication } from '../support/application.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { openWorld, type RedisClient, type World } from '../support/processes/world.js';

const QUEUES = 5;
const names = Array.from({ length: 20 }, (_, i) => `counter:${i}`);

let world: World;
let redis: RedisClient;
let producer: CountingProcess;
let worker: CountingProcess;
let queues: Queue[];

beforeAll(async () => {
  world = await openWorld();
  redis = await world.redis();
  [producer, worker] = await Promise.all([world.start({ workers: false }), world.start()]);
  // the module's own queues, with the options that it gives to a job
  const { app, close } = await startApplication({
    namespace: world.namespace,
    databaseUrl: world.databaseUrl,
    workers: false,
  });
  queues = Array.from({ length: QUEUES }, (_, partition) =>
    app.get<Queue>(getQueueToken(`PersistCounter${partition}`)),
  );
  return async () => {
    await close();
    await world.end();
  };
});

beforeEach(async () => {
  await producer.flush();
});

const inAll = async (count: (queue: Queue) => Promise<number>): Promise<number> =>
  (await Promise.all(queues.map(count))).reduce((sum, one) => sum + one, 0);

const bullKeys = (): Promise<string[]> => redis.keys(`fastcounter:{${world.namespace}:*}::bull:*`);

async function rows(): Promise<bigint[]> {
  return Promise.all(names.map(async (name) => (await world.row(name)) ?? 0n));
}

describe('a job', () => {
  test('that is done leaves nothing behind', async () => {
    for (let round = 0; round < 10; round++) {
      await producer.incr(names);
      await producer.flush();
    }
    await expect.poll(() => inAll((queue) => queue.getActiveCount())).toBe(0);
    expect(await inAll((queue) => queue.getCompletedCount())).toBe(0);
    await expect
      .poll(async () => (await bullKeys()).filter((key) => /:\d+$/.test(key)).length)
      .toBe(0);
  });

  test('that is added ten times, on every queue, counts nothing twice', async () => {
    const before = await rows();
    await producer.incr(names, { times: 3 });
    await Promise.all(
      queues.flatMap((queue, partition) =>
        Array.from({ length: 10 }, () => queue.add({ partition })),
      ),
    );
    const after = before.map((value) => value + 3n);
    await expect.poll(rows).toEqual(after);
    await expect.poll(() => inAll((queue) => queue.getWaitingCount())).toBe(0);
    expect(await rows()).toEqual(after);
    expect(await producer.getCounts(names)).toEqual(after);
  });

  test('of garbage fails, stays bounded in number, and does no harm to the others', async () => {
    const before = await rows();
    const garbage: unknown[] = [
      ...[null, 'x', 7, [], {}, { partition: '0' }, { partition: -1 }, { partition: 99 }],
      ...[{ partition: 1e9 }, { partition: { $gt: 0 } }, { __proto__: null, name: 'counter:0' }],
    ];
    const [queue] = queues;
    for (let i = 0; i < 150; i++) await queue?.add(garbage[i % garbage.length]);
    await producer.incr(names);
    const after = before.map((value) => value + 1n);
    await expect.poll(rows).toEqual(after);
    await expect.poll(() => queue?.getWaitingCount()).toBe(0);
    expect(await queue?.getFailedCount()).toBeGreaterThan(0);
    expect(await queue?.getFailedCount()).toBeLessThanOrEqual(100);
    expect(await rows()).toEqual(after);
  });

  test('with a job id that an old failed job holds does not stop the counters', async () => {
    const before = await rows();
    await queues[0]?.add({ partition: 'wrong' }, { jobId: 'same' });
    await expect.poll(() => queues[0]?.getWaitingCount()).toBe(0);
    await queues[0]?.add({ partition: 0 }, { jobId: 'same' });
    await producer.incr(names);
    await expect.poll(rows).toEqual(before.map((value) => value + 1n));
  });
});

describe("when all of Bull's keys are deleted", () => {
  test('what is pending reaches the rows all the same', async () => {
    const before = await rows();
    await producer.incr(names, { options: { updateInterval: 1000 } });
    const keys = await bullKeys();
    expect(keys.length).toBeGreaterThan(0);
    await redis.del(keys);
    await expect.poll(rows).toEqual(before.map((value) => value + 1n));
  });

  test('again and again, nothing is lost or counted twice', async () => {
    const before = await rows();
    for (let round = 0; round < 10; round++) {
      await producer.incr(names);
      const keys = await bullKeys();
      if (keys.length > 0) await redis.del(keys);
    }
    await expect.poll(rows).toEqual(before.map((value) => value + 10n));
    expect(await worker.getCounts(names)).toEqual(await rows());
  });
});
