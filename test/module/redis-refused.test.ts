import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { InvalidOptionsError } from '../../lib/index.js';
import { type Application, startApplication } from '../support/application.js';
import { keyTypes, redisCommands } from '../support/redis-cache.js';
import { asCounterUser } from '../support/servers/documented-access.js';
import { notRefusedWithout } from '../support/servers/missing-rights.js';
import { startRedisCluster } from '../support/servers/redis-cluster.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { newDatabase } from '../support/surroundings.js';

const plain = ['--appendonly', 'yes', '--save', ''];

let databaseUrl: string;
beforeAll(async () => {
  databaseUrl = await newDatabase();
});

async function start(redis: string): Promise<Application> {
  // longer than a busy machine takes for such a test: who gives up before cannot say what became of it
  const acknowledgeTimeout = 120_000;
  const application = await startApplication({
    ...{ redis, databaseUrl, acknowledgeTimeout },
    queue: { count: 2 },
  });
  onTestFinished(() => application.close());
  return application;
}

async function server(...further: string[]): Promise<RedisServer> {
  const started = await startRedis({ arguments: [...plain, ...further] });
  onTestFinished(() => started.stop());
  return started;
}

const refusal = (redis: string): Promise<unknown> => start(redis).catch((error: unknown) => error);

describe('a Redis that will never count is refused at start, by name:', () => {
  test('a node of a cluster', async () => {
    const cluster = await startRedisCluster(3);
    onTestFinished(() => cluster.stop());
    for (const url of cluster.urls) {
      const error = await refusal(url);
      expect(error).toBeInstanceOf(InvalidOptionsError);
      expect(String(error)).toContain('is a node of a cluster: give { cluster');
    }
  });

  test('a replica', async () => {
    const primary = await server();
    const replica = await server('--replicaof', '127.0.0.1', String(primary.port));
    const error = await refusal(replica.url);
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(String(error)).toContain('Redis is a replica');
  });

  test.each(['EVALSHA', 'EVAL', 'TIME', 'HGETALL', 'UNLINK', 'RENAME', 'PEXPIRE', 'ZCOUNT'])(
    'one where %s is disabled',
    async (command) => {
      const { url } = await server('--rename-command', command, '');
      const error = await refusal(url);
      expect(error).toBeInstanceOf(InvalidOptionsError);
      expect(String(error)).toContain(command);
      expect(String(error)).toContain('disabled or renamed');
    },
  );

  test('one whose user lacks a right, each of those that docs/security.md grants for counts', async () => {
    const { url } = await server();
    const rights = ['evalsha', 'eval', 'time', 'exists', 'unlink', 'rename', 'pexpire', 'hget'];
    rights.push('hset', 'hmget', 'hincrby', 'hdel', 'hlen', 'hscan', 'hgetall', 'zadd', 'zrange');
    rights.push('zrangebyscore', 'zrem', 'zscore', 'zcount', 'sadd', 'srem', 'scard', 'sscan');
    rights.push('smembers', 'rpush', 'lpop', 'lrange', 'ltrim', 'llen', 'renamenx', 'hexists');
    expect(await notRefusedWithout(rights, url, refusal)).toEqual([]);
  });
});

describe('a Redis that comes later', () => {
  test('is reported by name, and what did not run is not said to be unknown', async () => {
    const redis = await server('--rename-command', 'TIME', '');
    await redis.kill();
    const application = await start(redis.url);
    const messages: string[] = [];
    application.events.on('misconfigured', ({ message }) => messages.push(message));
    const counting = application.counters.incr('a').catch((error: unknown) => error);
    await redis.restart();
    await expect.poll(() => messages.join()).toContain('the command TIME');
    await application.close();
    expect(await counting).toMatchObject({ code: 'SHUT_DOWN' });
  });
});

test('a trial leaves nothing behind', async () => {
  const { url } = await server();
  const { close } = await startApplication({ redis: asCounterUser(url), workers: false });
  await close();
  const left = [...(await keyTypes(await redisCommands(url))).keys()];
  expect(left.filter((key) => key.includes('trial'))).toEqual([]);
});
