import { describe, expect, onTestFinished, test } from 'vitest';
import { createWorld, type RedisClient } from '../support/processes/world.js';
import { startRedis } from '../support/servers/redis.js';

const QUEUES = 5;
const names = Array.from({ length: 50 }, (_, i) => `counter:${i}`);

/** Connections that wait for a job. */
async function blocked(redis: RedisClient): Promise<number> {
  const clients = await redis.clientList();
  return clients.filter(({ cmd }) => cmd === 'brpoplpush').length;
}

describe('a process without workers', () => {
  test('counts and reads, and leaves the rows to a process with workers', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const world = await createWorld({ redisUrl: server.url });
    const redis = await world.redis();
    const producer = await world.start({ workers: false, flushTimeout: 1000 });

    await producer.incr(names, { times: 2 });
    expect(await producer.getCounts(names)).toEqual(names.map(() => 2n));
    await expect(producer.flush()).rejects.toMatchObject({ code: 'FLUSH_TIMEOUT' });
    expect(await world.row('counter:0')).toBeUndefined();
    expect(await blocked(redis)).toBe(0);

    const worker = await world.start();
    await expect.poll(() => blocked(redis)).toBe(QUEUES);
    await worker.flush();
    for (const name of names) expect(await world.row(name)).toBe(2n);
    await producer.incr('later');
    await expect.poll(() => world.row('later')).toBe(1n);
  });

  test('has its increments persisted by a process that only works', async () => {
    const world = await createWorld();
    const [producer] = await Promise.all([world.start({ workers: false }), world.start()]);
    await producer.incr(names);
    for (const name of names) {
      await expect.poll(() => world.row(name)).toBe(1n);
    }
    await producer.incr(names, { times: 3 });
    await producer.flush();
    for (const name of names) expect(await world.row(name)).toBe(4n);
  });
});

describe('a counter', () => {
  test('goes to the same queue from every process, also after a restart', async () => {
    const world = await createWorld();
    const redis = await world.redis();
    const producer = { workers: false, updateInterval: 60_000 };
    const placed = async (): Promise<Map<string, number[]>> => {
      const places = new Map<string, number[]>();
      for (let partition = 0; partition < QUEUES; partition++) {
        const key = `fastcounter:{${world.namespace}:${partition}}::pending`;
        // beside the counters are the last calls of the processes
        const fields = await redis.hKeys(key);
        for (const name of fields.filter((field) => !field.startsWith(' '))) {
          places.set(name, [...(places.get(name) ?? []), partition]);
        }
      }
      return places;
    };

    const [first, second] = await Promise.all([world.start(producer), world.start(producer)]);
    await first.incr(names);
    const before = await placed();
    expect([...before.keys()].sort()).toEqual([...names].sort());
    expect(new Set([...before.values()].flat()).size).toBe(QUEUES);
    for (const partitions of before.values()) expect(partitions).toHaveLength(1);

    await second.incr(names);
    expect(await placed()).toEqual(before);
    await first.close();
    const third = await world.start(producer);
    await third.incr(names);
    expect(await placed()).toEqual(before);
    expect(await third.getCounts(names)).toEqual(names.map(() => 3n));
  });
});
