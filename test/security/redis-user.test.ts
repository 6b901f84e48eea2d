import { createClient } from '@keyv/redis';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  MeteringService,
  ParkedCounts,
  PERSIST_QUEUE,
  type PersistQueue,
  type QueueDriver,
} from '../../lib/index.js';
import { type Application, startApplication } from '../support/application.js';
import { codeBlocks } from '../docs/markdown.js';
import { asCounterUser, counterUser } from '../support/servers/documented-access.js';
import { refusals } from '../support/servers/redis-refusals.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

type Command = (...words: string[]) => Promise<unknown>;

let server: RedisServer;
let admin: Command;

async function connect(url: string): Promise<Command> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  return (...words) => client.sendCommand(words);
}

const as = (username: string): string =>
  Object.assign(new URL(asCounterUser(server.url)), { username }).href;

beforeAll(async () => {
  server = await startRedis();
  admin = await connect(server.url);
  await admin('ACL', 'DELUSER', counterUser.username);
  const lines = codeBlocks('docs/security.md').flatMap(({ code }) => code.split('\n'));
  for (const line of lines.filter((one) => one.startsWith('ACL SETUSER'))) {
    await admin(...line.split(' '));
  }
  return () => server.stop();
});

/** Everything that an application can ask for, and a job that fails. */
async function useEverything(
  { app, counters, row }: Application,
  driver: QueueDriver,
): Promise<void> {
  const queue = app.get<{
    add: (...job: unknown[]) => Promise<unknown>;
    pause: () => Promise<unknown>;
  }>('BullQueue_PersistCounter0');
  const name = driver === 'bullmq' ? ['any'] : [];
  for (let i = 0; i < 120; i++) await queue.add(...name, { partition: 'none' });
  await counters.incr('used', 5, { idempotencyKey: 'once', updateInterval: 0 });
  await counters.incrMany(Array.from({ length: 50 }, (_, i) => ({ name: `many-${i}` })));
  expect(await counters.incrAndGet('used')).toBe(6);
  await counters.set('set', 2n ** 62n);
  expect(await counters.reset('used')).toBe(6);
  await counters.flush();
  expect(await row('many-7')).toBe(1n);
  await counters.delete(['many-7', 'used']);
  await counters.flush();
  expect(await counters.getCounts(['many-7', 'many-8'])).toEqual([0, 1]);
  expect(await counters.list({ limit: 1 })).toHaveLength(1);
  const metering = app.get(MeteringService);
  const quota = { limit: 1, window: 'hour', dimensions: { tenant: 'acme' } } as const;
  expect((await metering.consume('calls', quota)).allowed).toBe(true);
  expect((await metering.consume('calls', quota)).allowed).toBe(false);
  expect(await app.get(ParkedCounts).list()).toEqual([]);
  const { cache, partitions } = await counters.status();
  expect(cache).toMatchObject({ answers: true, accepts: true });
  expect(partitions[0]?.jobs?.failed).toBeGreaterThan(0);
  await queue.pause();
  await counters.incr('resumed');
  const queues = app.get<PersistQueue>(PERSIST_QUEUE);
  expect(await queues.isPaused?.(0)).toBe(true);
  await queues.resume?.(0);
  expect(await queues.isPaused?.(0)).toBe(false);
}

describe('the Redis user of the document, word for word', () => {
  test.each([
    ['one for counts and queues', counterUser.username, undefined, 'bull'],
    ['one for counts and one for queues', 'fastcounter-counts', 'fastcounter-queues', 'bull'],
    ['one for counts and queues of BullMQ', counterUser.username, undefined, 'bullmq'],
    ['one for counts and one for BullMQ', 'fastcounter-counts', 'fastcounter-bullmq', 'bullmq'],
  ] as const)('%s may do all that the module does', async (_case, counts, queues, driver) => {
    await admin('FLUSHALL');
    await admin('ACL', 'LOG', 'RESET');
    const application = await startApplication({
      namespace: 'default',
      redis: as(counts),
      queue: { driver, redis: queues && as(queues) },
    });
    await useEverything(application, driver).finally(application.close);
    expect(await refusals(server.url)).toEqual([]);
  });

  test.each([
    ['keys of another namespace', ['GET', 'fastcounter:{defaults:0}::state']],
    ['keys of others', ['SET', 'session:1', 'x']],
    ['their names', ['KEYS', '*']],
    ['emptying Redis', ['FLUSHALL']],
    ['its settings', ['CONFIG', 'GET', '*']],
    ['users', ['ACL', 'LIST']],
    ['what others say', ['PSUBSCRIBE', '*']],
    ['other connections', ['CLIENT', 'LIST']],
    ['stopping it', ['SHUTDOWN']],
  ])('may not touch %s', async (_case, words) => {
    const command = await connect(asCounterUser(server.url));
    await expect(command(...words)).rejects.toThrow('NOPERM');
  });

  test('may not, as the user of the queues, touch the counts, nor the other way round', async () => {
    const [counts, queues] = await Promise.all(
      ['fastcounter-counts', 'fastcounter-queues'].map((name) => connect(as(name))),
    );
    const prefix = 'fastcounter:{default:0}::';
    await expect(queues?.('HGETALL', `${prefix}state`)).rejects.toThrow('NOPERM');
    await expect(queues?.('DEL', `${prefix}pending`)).rejects.toThrow('NOPERM');
    await expect(counts?.('DEL', `${prefix}bull:PersistCounter0:id`)).rejects.toThrow('NOPERM');
    await expect(counts?.('PUBLISH', `${prefix}bull:x`, '')).rejects.toThrow('NOPERM');
  });

  test('counts in no other namespace, and the error says why', async () => {
    const starting = startApplication({
      namespace: 'another',
      redis: as('fastcounter-counts'),
      queue: { redis: server.url },
      acknowledgeTimeout: 300,
      shutdownTimeout: 300,
    });
    await expect(starting).rejects.toThrow('let this user access the keys of this namespace');
  });
});
