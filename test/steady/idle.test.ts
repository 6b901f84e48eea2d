import { createClient } from '@keyv/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { watchCommands } from '../../bench/measure/redis-monitor.js';
import { type Application, startApplication } from '../support/application.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

/** In milliseconds. */
const WATCHED = 20_000;
const PROCESSES = 8;

/** Of its own, so that only what this test started sends commands to it. */
let server: RedisServer;
let redis: ReturnType<typeof createClient>;
const applications: Application[] = [];
let databaseCalls = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = createClient({ url: server.url });
  await redis.connect();
});
afterAll(async () => {
  for (const application of applications.reverse()) await application.close();
  redis.destroy();
  await server.stop();
});

const pass = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Counts the calls of an application to its database from now on. */
function countCalls({ dataSource }: Application): void {
  const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    databaseCalls++;
    return createQueryRunner(mode);
  };
}

describe('a deployment with nothing to count', () => {
  test('costs a few commands and statements a second, and many processes cost little more', async () => {
    const first = await startApplication({ redis: server.url });
    applications.push(first);
    const { namespace, databaseUrl } = first;
    while (applications.length < PROCESSES) {
      applications.push(await startApplication({ redis: server.url, namespace, databaseUrl }));
    }
    applications.forEach(countCalls);
    await first.counters.incr('one');
    await first.counters.flush();
    // what starting and flushing left, and the second note that each process makes of its servers
    await pass(22_000);
    const clients = await redis.clientList();
    // for counts, for what the queues say and hear, and for jobs of each queue; it was three a queue. One is of this test
    expect(clients.length).toBeLessThanOrEqual(8 * PROCESSES + 1);
    const before = databaseCalls;
    const sent = await watchCommands(server.url, () => pass(WATCHED));
    // one process sent 43 commands in that time, and eight sent 141: each beat, looked for a leader, noted its servers and rules
    // of windows, and asked over the connections of its queues
    expect(sent.length).toBeLessThan(60);
    // 31: each process noted its servers
    expect(databaseCalls - before).toBeLessThan(20);
  });

  test('finds what it must within seconds all the same', async () => {
    const [first, second] = applications as [Application, Application];
    const wiped = new Set<number>();
    for (const { events } of applications) {
      events.on('redisWiped', ({ partition }) => wiped.add(partition));
    }
    const keys = await redis.keys(`fastcounter:{${first.namespace}:*`);
    await redis.del(keys.filter((key) => !key.includes('::bull:')));
    await expect.poll(() => wiped.size, { timeout: 30_000 }).toBe(5);
    // the process that sweeps ends, and another finds what the queue forgot
    await first.close();
    applications.shift();
    await second.counters.incr('late', 1, { updateInterval: 1000 });
    await redis.del(await redis.keys(`fastcounter:{${first.namespace}:*}::bull:*`));
    await expect.poll(() => second.row('late'), { timeout: 30_000 }).toBe(1n);
  });
});
