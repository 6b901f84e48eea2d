import { describe, expect, onTestFinished, test } from 'vitest';
import type { RedisDeployment } from '../../lib/index.js';
import { drain, expectCountedExactly } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { createWorld, type World } from '../support/processes/world.js';
import { counterUser } from '../support/servers/documented-access.js';
import { startRedisCluster } from '../support/servers/redis-cluster.js';
import { startRedisSentinels } from '../support/servers/redis-sentinels.js';
import { expectExactly, mayFail } from '../support/told.js';

/** With these names every partition has a counter of each process. */
const names = (of: string): string[] => Array.from({ length: 15 }, (_, i) => `${of}:${i}`);
const clients = ['node-redis', 'iovalkey'] as const;

/** One process for each client library, both counting all the time: with queues on the same Redis. */
async function startCounting(world: World, redis: RedisDeployment): Promise<CountingProcess[]> {
  const processes = await Promise.all(
    clients.map((client) => {
      // each finds the jobs of its own driver
      const queue = { driver: client === 'iovalkey' ? 'bullmq' : 'bull' } as const;
      return world.start({ redis, client, queue, acknowledgeTimeout: 60_000 });
    }),
  );
  for (const [index, process] of processes.entries()) {
    await process.startLoad({ names: names(clients[index] ?? '') });
  }
  await countOn(world);
  return processes;
}

/** Each counter of each process was acknowledged again since now, and so was in each partition. */
async function countOn(world: World): Promise<void> {
  const all = clients.flatMap(names);
  const read = () => Promise.all(all.map(async (name) => (await world.tally(name)).acknowledged));
  const before = await read();
  const behind = async (): Promise<number> =>
    (await read()).filter((value, i) => value <= (before[i] ?? 0n)).length;
  await expect.poll(behind).toBe(0);
}

/** All that was acknowledged is in the rows once, the queues work, and the processes end in order. */
async function expectAllCounted(world: World, processes: CountingProcess[]): Promise<void> {
  for (const process of processes) {
    const { failed } = await process.stopLoad();
    expect(failed).toEqual({});
  }
  for (const [index, process] of processes.entries()) {
    await drain(process);
    await expectCountedExactly(world, process, names(clients[index] ?? ''));
  }
  await expectExactly(processes, {
    // they write all the time, to each partition; the others work now and then
    'outage write': 'some',
    'recovery write': 'some',
    ...mayFail('read', 'persist', 'queue'),
    persistFailed: 'may',
    // what was persisted when the answer of Redis was lost
    duplicateSkipped: 'may',
  });
  for (const process of processes) {
    const ended = await process.close().catch(String);
    expect(ended, process.output).toEqual({ code: 0, signal: null });
    expect(process.output).not.toContain('did not acknowledge');
  }
}

describe('under load, with the queues on the same servers: of Bull over node-redis, of BullMQ beside iovalkey', () => {
  test('a replica takes the place of a master of a cluster that dies', async () => {
    const servers = await startRedisCluster(3, 1);
    onTestFinished(() => servers.stop());
    const [url = ''] = servers.urls;
    const world = await createWorld({ redisUrl: url });
    const cluster = servers.urls.map((node) => ({ host: '127.0.0.1', port: portOf(node) }));
    const processes = await startCounting(world, { cluster, ...counterUser });
    const master = await servers.masterOf(`{${world.namespace}:0}`);
    await master.kill();

    await countOn(world);
    await expectAllCounted(world, processes);
  });

  test('a replica takes the place of a primary that dies together with a sentinel', async () => {
    const servers = await startRedisSentinels();
    onTestFinished(() => servers.stop());
    const { sentinels, name, primary } = servers;
    const world = await createWorld({ redisUrl: primary.url });
    const processes = await startCounting(world, { sentinels, name, ...counterUser });
    await Promise.all([primary.kill(), servers.killSentinel(0)]);

    await countOn(world);
    await expectAllCounted(world, processes);
  });
});

const portOf = (url: string): number => Number(new URL(url).port);
