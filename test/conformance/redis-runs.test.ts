import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptsWith, watchCommands } from '../../bench/measure/redis-monitor.js';
import type { CounterCache, Operation } from '../../lib/cache/counter-cache.js';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { startRedisCluster } from '../support/servers/redis-cluster.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { add, addAndTotal, LATER, MAX, Partition, remove } from './partition.js';

/** Of its own: all that it is sent is watched. */
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const PARTITIONS = [0, 1, 2, 3, 4];

/** Partitions that have taken a run of their sender. */
async function seeded(cache: CounterCache): Promise<Partition[]> {
  const all = await Promise.all(PARTITIONS.map((index) => Partition.seeded(cache, index)));
  for (let run = 0; run < 2; run++) await applyAll(all, (index) => [add(`warm ${index}`)]);
  return all;
}

/** To each partition in the same turn of the event loop. */
const applyAll = (all: readonly Partition[], operations: (index: number) => Operation[]) =>
  Promise.all(all.map(({ sender, index }) => sender.apply(...operations(index))));

const pendingOf = (all: readonly Partition[], name: string): Promise<bigint[]> =>
  Promise.all(all.map((partition) => partition.unpersisted(name)));

describe('runs of several partitions of one server', () => {
  test('go in one call, and each is counted where it belongs', async () => {
    const { cache, namespace } = openRedisCache(redis.url);
    const all = await seeded(cache);
    expect(cache.addsTogether).toBe(true);
    const sent = await watchCommands(redis.url, () =>
      applyAll(all, (index) => [
        add('a', index + 1, { interval: LATER }),
        add('b', 10 * index, { interval: 2 * LATER }),
        add('c', 5, { interval: LATER }),
      ]),
    );
    expect(scriptsWith(sent, namespace)).toHaveLength(1);
    expect(await pendingOf(all, 'a')).toEqual([1n, 2n, 3n, 4n, 5n]);
    expect(await pendingOf(all, 'b')).toEqual([0n, 10n, 20n, 30n, 40n]);
    expect(await pendingOf(all, 'c')).toEqual([5n, 5n, 5n, 5n, 5n]);
  });

  test('are due by the interval of each, and each partition asks for a job of its own', async () => {
    const { cache } = openRedisCache(redis.url);
    const all = await Promise.all(PARTITIONS.map((index) => Partition.seeded(cache, index)));
    await applyAll(all, () => [add('first', 1, { interval: LATER })]);
    await Promise.all(all.map((partition) => partition.drained()));
    const delays = (await applyAll(all, (index) => [add('a', 1, { interval: index * LATER })])).map(
      ({ wake }) => wake?.delay ?? -1,
    );
    // what was first is due after one interval: what comes later asks for no job
    expect(delays[0]).toBe(0);
    expect(delays.slice(2)).toEqual([-1, -1, -1]);
    const due = await Promise.all(PARTITIONS.map(async (index) => (await cache.sweep(index)).due));
    expect(due).toEqual([1, 0, 0, 0, 0]);
  });

  test('are answered one by one: what one of them cannot take goes another way', async () => {
    const { cache } = openRedisCache(redis.url);
    const all = await seeded(cache);
    const [first, second, third] = all as [Partition, Partition, Partition];
    // no longer plain: a row is to be removed
    await first.sender.apply(remove('gone'));
    // nor is one near the end of the range
    await second.warm('near', MAX - 1n);
    await second.sender.apply(addAndTotal('near', 1));
    // of another sender, that the partition does not know yet
    const stranger = third.anotherSender();
    const answers = await Promise.all([
      first.sender.apply(add('a', 1)),
      second.sender.apply(add('a', 2)),
      third.sender.apply(add('a', 4)),
      stranger.apply(add('a', 8)),
      ...all.slice(3).map(({ sender }) => sender.apply(add('a', 16))),
    ]);
    expect(answers).toHaveLength(6);
    expect(await pendingOf(all, 'a')).toEqual([1n, 2n, 12n, 16n, 16n]);
  });

  test('count once when all of them come again', async () => {
    const { cache } = openRedisCache(redis.url);
    const all = await seeded(cache);
    const send = () => Promise.all(all.map(({ sender }) => sender.send(3, add('a', 7))));
    for (let run = 0; run < 3; run++) {
      for (const answer of await send()) expect(answer).toMatchObject({ status: 'applied' });
    }
    expect(await pendingOf(all, 'a')).toEqual([7n, 7n, 7n, 7n, 7n]);
  });

  test('two of one partition in one turn are both counted', async () => {
    const { cache } = openRedisCache(redis.url);
    const [p] = (await seeded(cache)) as [Partition];
    const other = p.anotherSender();
    await other.apply(add('known'));
    await other.apply(add('known'));
    await Promise.all([p.sender.apply(add('a', 1)), other.apply(add('a', 2))]);
    expect(await p.unpersisted('a')).toBe(3n);
  });

  test('where the script fails for one, all may have been counted, and none is counted twice', async () => {
    const { cache, namespace } = openRedisCache(redis.url);
    const command = await redisCommands(redis.url);
    const all = await seeded(cache);
    const key = `fastcounter:{${namespace}:3}::due`;
    await command('RENAME', key, `${key}-aside`);
    await command('SET', key, 'of another type');
    const send = () => Promise.allSettled(all.map(({ sender }) => sender.send(3, add('new', 7))));
    for (const outcome of await send()) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { mayHaveRun: true } });
    }
    await command('RENAME', `${key}-aside`, key);
    for (const outcome of await send()) expect(outcome).toMatchObject({ status: 'fulfilled' });
    expect(await pendingOf(all, 'new')).toEqual([7n, 7n, 7n, 7n, 7n]);
  });
});

describe('a cluster', () => {
  test('of one node that is reached as a server gets one call a partition, and counts all', async () => {
    const cluster = await startRedisCluster(1);
    try {
      const { cache } = openRedisCache(cluster.urls[0] ?? '');
      const all = await seeded(cache);
      await applyAll(all, (index) => [add('a', index + 1)]);
      expect(cache.addsTogether).toBe(false);
      expect(await pendingOf(all, 'a')).toEqual([1n, 2n, 3n, 4n, 5n]);
    } finally {
      await cluster.stop();
    }
  });
});
