import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { InvalidOptionsError, type QueueDriver, type RedisDeployment } from '../../lib/index.js';
import { type Application, startApplication } from '../support/application.js';
import { keyTypes, redisCommands } from '../support/redis-cache.js';
import { asCounterUser } from '../support/servers/documented-access.js';
import { notRefusedWithout } from '../support/servers/missing-rights.js';
import { startRedisCluster } from '../support/servers/redis-cluster.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { newDatabase } from '../support/surroundings.js';

const plain = ['--appendonly', 'yes', '--save', ''];

async function server(...further: string[]): Promise<RedisServer> {
  const started = await startRedis({ arguments: [...plain, ...further] });
  onTestFinished(() => started.stop());
  return started;
}

let databaseUrl: string;
beforeAll(async () => {
  databaseUrl = await newDatabase();
});

/** Counts on the Redis of all tests, queues on another one. */
async function start(
  redis: string | RedisDeployment,
  count = 2,
  driver?: QueueDriver,
): Promise<Application> {
  const application = await startApplication({ databaseUrl, queue: { redis, count, driver } });
  onTestFinished(() => application.close());
  return application;
}

const refusal = (redis: string | RedisDeployment, count?: number): Promise<unknown> =>
  start(redis, count).catch((error: unknown) => error);
const refusalOfBullMq = (redis: string | RedisDeployment): Promise<unknown> =>
  start(redis, 2, 'bullmq').catch((error: unknown) => error);

describe('a Redis that will never do for the queues is refused at the start, by name:', () => {
  test('a node of a cluster', async () => {
    const cluster = await startRedisCluster(3);
    onTestFinished(() => cluster.stop());
    for (const url of cluster.urls) {
      const error = await refusal(url);
      expect(error).toBeInstanceOf(InvalidOptionsError);
      expect(String(error)).toContain('Option "queue.redis": Redis is a node of a cluster');
    }
    // who may not ask for INFO is told by the first key of another node
    const command = await redisCommands(cluster.urls[0] ?? '');
    await command('ACL', 'SETUSER', 'fastcounter', '-info');
    const error = await refusal(asCounterUser(cluster.urls[0] ?? ''), 12);
    expect(String(error)).toContain('Redis is a node of a cluster');
  });

  test('a server that is no cluster, given as one', async () => {
    const { port } = await server();
    const error = await refusal({ cluster: [{ host: '127.0.0.1', port }] });
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(String(error)).toContain('Option "queue.redis": Redis is no cluster');
  });

  test('a replica', async () => {
    const primary = await server();
    const replica = await server('--replicaof', '127.0.0.1', String(primary.port));
    const error = await refusal(replica.url);
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(String(error)).toContain('Option "queue.redis": Redis is a replica');
  });

  test.each(['EVALSHA', 'BRPOPLPUSH', 'HMSET', 'MULTI', 'SUBSCRIBE'])(
    'one where %s is disabled',
    async (command) => {
      const { url } = await server('--rename-command', command, '');
      const error = await refusal(url);
      expect(error).toBeInstanceOf(InvalidOptionsError);
      expect(String(error)).toContain(`Redis does not know the command ${command}`);
    },
  );

  test('one whose user lacks a right, each of those that docs/security.md grants for queues', async () => {
    const { url } = await server();
    const rights = ['evalsha', 'eval', 'exists', 'get', 'set', 'del', 'multi', 'exec', 'incr'];
    rights.push('hget', 'hset', 'hmget', 'hmset', 'hincrby', 'hdel', 'hgetall', 'lpush', 'rpush');
    rights.push('lrem', 'lrange', 'llen', 'zadd', 'zrange', 'zrangebyscore', 'zrem', 'zcard');
    rights.push('zrevrange', 'zremrangebyrank', 'brpoplpush', 'rpoplpush', 'smembers', 'sadd');
    rights.push('srem', 'publish', 'subscribe');
    expect(await notRefusedWithout(rights, url, refusal)).toEqual([]);
  });
});

describe('with BullMQ as well', () => {
  test.each(['EVALSHA', 'BZPOPMIN', 'XADD'])('one where %s is disabled', async (command) => {
    const { url } = await server('--rename-command', command, '');
    const error = await refusalOfBullMq(url);
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(String(error)).toContain(`Redis does not know the command ${command}`);
  });

  test('one whose user lacks a right, each of those that docs/security.md grants for BullMQ', async () => {
    const { url } = await server();
    const rights = ['evalsha', 'eval', 'exists', 'get', 'set', 'del', 'incr', 'hget', 'hset'];
    rights.push('hmget', 'hmset', 'hincrby', 'hdel', 'hgetall', 'hexists', 'lpush', 'rpush');
    rights.push('lrem', 'lrange', 'llen', 'lindex', 'rpop', 'rpoplpush', 'sadd', 'scard', 'srem');
    rights.push('smembers', 'zadd', 'zcard', 'zscore', 'zrange', 'zrevrange', 'zrangebyscore');
    rights.push('zrevrangebyscore', 'zremrangebyrank', 'zrem', 'zpopmin', 'bzpopmin', 'pttl');
    rights.push('xadd', 'xtrim');
    expect(await notRefusedWithout(rights, url, refusalOfBullMq)).toEqual([]);
  });
});

describe('a Redis of the queues that comes later', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis({ arguments: [...plain, '--rename-command', 'BRPOPLPUSH', ''] });
    await redis.kill();
    return () => redis.stop();
  });

  test('is told by name, and counts get to the database nevertheless', async () => {
    const { counters, events, row } = await start(redis.url);
    const messages: string[] = [];
    events.on('misconfigured', ({ message }) => messages.push(message));
    await redis.restart();
    await expect.poll(() => messages.join()).toContain('the command BRPOPLPUSH');
    expect(messages.join()).toContain('Option "queue.redis"');
    const { problems } = await counters.status();
    expect(problems.map(({ code }) => code)).toContain('FC-MISCONFIGURED');
    await counters.incr('a', 2, { updateInterval: 0 });
    await expect.poll(() => row('a')).toBe(2n);
  });
});

test('queues that fail after the start tell why: what Redis refused in a transaction, and not that it gave the transaction up', async () => {
  const { url } = await server();
  const { counters, events } = await start(asCounterUser(url));
  const told: string[] = [];
  events.on('outage', ({ error }) => told.push(String(error)));
  const command = await redisCommands(url);
  await command('ACL', 'SETUSER', 'fastcounter', '-llen');
  const found = async (): Promise<string> => {
    const { problems } = await counters.status();
    return problems.find(({ code }) => code === 'FC-QUEUES-FAIL')?.text ?? '';
  };
  await expect.poll(found).toMatch(/NOPERM .* run the 'llen'/);
  expect(await found()).not.toContain('EXECABORT');
  expect(told.join()).toContain('NOPERM');
  expect(told.join()).not.toContain('EXECABORT');
});

test.each(['bull', 'bullmq'] as const)(
  'a trial of the queues leaves nothing behind: %s',
  async (driver) => {
    const { url } = await server();
    const { close } = await startApplication({
      redis: asCounterUser(inject('redisUrl')),
      queue: { driver, redis: asCounterUser(url) },
      workers: false,
    });
    await close();
    // BullMQ notes its version for each queue
    const keys = [...(await keyTypes(await redisCommands(url))).keys()];
    expect(keys.filter((key) => !key.endsWith(':meta'))).toEqual([]);
  },
);
