import { createClient } from '@keyv/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Application, startApplication } from '../support/application.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

/** Of each deployment, in milliseconds. */
const WATCHED = 12_000;

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

/** Scripts and blocking calls that Redis was sent so far: what they do inside does not count. */
async function commands(): Promise<number> {
  const stats = await redis.info('commandstats');
  const calls = [...stats.matchAll(/^cmdstat_(evalsha|eval|brpoplpush|multi):calls=(\d+)/gm)];
  return calls.reduce((sum, [, , number]) => sum + Number(number), 0);
}

/** Counts the calls of an application to its database from now on. */
function countCalls({ dataSource }: Application): void {
  const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    databaseCalls++;
    return createQueryRunner(mode);
  };
}

describe('a deployment with nothing to count', { timeout: 120_000 }, () => {
  test('costs a few commands and statements a second, and many processes cost little more', async () => {
    const first = await startApplication({ redis: server.url });
    applications.push(first);
    countCalls(first);
    const { namespace, databaseUrl } = first;
    const start = async (processes: number): Promise<void> => {
      while (applications.length < processes) {
        const application = await startApplication({ redis: server.url, namespace, databaseUrl });
        countCalls(application);
        applications.push(application);
      }
      await first.counters.incr('one');
      await first.counters.flush();
      // what starting and flushing left
      await new Promise((resolve) => setTimeout(resolve, 3000));
    };
    const watch = async (): Promise<{ commands: number; statements: number }> => {
      const before = { commands: await commands(), statements: databaseCalls };
      await new Promise((resolve) => setTimeout(resolve, WATCHED));
      return {
        commands: (await commands()) - before.commands,
        statements: databaseCalls - before.statements,
      };
    };
    await start(1);
    const one = await watch();
    await start(8);
    const eight = await watch();
    // one process swept five partitions a second, and asked the database each time: 60 and 12
    expect(one.commands).toBeLessThan(40);
    expect(one.statements).toBeLessThan(10);
    expect(eight.commands).toBeLessThan(one.commands + 7 * 8);
    expect(eight.statements).toBeLessThan(one.statements + 10);
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
