import { createClient } from '@keyv/redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { watchCommands } from '../../bench/measure/redis-monitor.js';
import { type Application, startApplication } from '../support/application.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

/** In milliseconds. */
const WATCHED = 12_000;
const PROCESSES = 4;

/** Of its own, so that only what this test started sends commands to it. */
let server: RedisServer;
let redis: ReturnType<typeof createClient>;
const applications: Application[] = [];

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

test('a deployment with BullMQ and nothing to count has few connections, and sends few commands', async () => {
  const options = { redis: server.url, queue: { driver: 'bullmq' } } as const;
  const first = await startApplication(options);
  applications.push(first);
  const { namespace, databaseUrl, counters } = first;
  while (applications.length < PROCESSES) {
    applications.push(await startApplication({ ...options, namespace, databaseUrl }));
  }
  await counters.incr('one');
  await counters.flush();
  // an increment that is due in ten minutes: BullMQ would ask for its job every ten seconds, in each worker
  await counters.incr('later', 1, { updateInterval: 600_000 });
  // what starting and flushing left, and the second note that each process makes of its servers
  await new Promise((resolve) => setTimeout(resolve, 22_000));
  const clients = await redis.clientList();
  // for counts, for what the queues say, and for jobs of each queue. One is of this test
  expect(clients.length).toBeLessThanOrEqual(7 * PROCESSES + 1);
  const sent = await watchCommands(server.url, () => new Promise((r) => setTimeout(r, WATCHED)));
  const ofQueues = sent.filter(({ rest }) => rest.includes('::bullmq'));
  // none, or a question over a connection whether it still answers
  expect(ofQueues.length).toBeLessThan(4 * PROCESSES);
});
