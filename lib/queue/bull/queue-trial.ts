import { createHash, randomUUID } from 'node:crypto';
import type { Queue } from 'bull';
import type { StoreProblem } from '../../cache/counter-cache.js';
import { inspectRole } from '../../cache/redis/fitness/inspect-server.js';
import { failureOf } from '../../cache/redis/clients/failure.js';
import { leaveIoRedis } from '../../cache/redis/clients/leave-io-redis.js';
import { findRefusal } from '../../cache/redis/fitness/trial.js';
import { rememberRefusal } from '../../cache/redis/fitness/refusal.js';
import type { Script } from '../../cache/redis/scripts/scripts.js';
import { CacheUnavailableError } from '../../errors.js';
import { within } from '../../words/within.js';
import type { QueueClients, TrialClient } from './queue-clients.js';
import { serverError } from './server-error.js';

/** What the scripts of Bull do with a hash, two lists, a set, a sorted set and a string, and what it sends by itself. */
const SOURCE = `
redis.call('HSET', KEYS[1], 'a', 1)
redis.call('HMSET', KEYS[1], 'b', 2)
redis.call('HINCRBY', KEYS[1], 'a', 1)
redis.call('HGET', KEYS[1], 'a')
redis.call('HMGET', KEYS[1], 'a', 'b')
redis.call('HGETALL', KEYS[1])
redis.call('HDEL', KEYS[1], 'b')
redis.call('LPUSH', KEYS[2], 'a')
redis.call('RPUSH', KEYS[2], 'b')
redis.call('LLEN', KEYS[2])
redis.call('LRANGE', KEYS[2], 0, -1)
redis.call('RPOPLPUSH', KEYS[2], KEYS[3])
redis.call('LREM', KEYS[2], 0, 'a')
redis.call('SADD', KEYS[4], 'a')
redis.call('SMEMBERS', KEYS[4])
redis.call('SREM', KEYS[4], 'a')
redis.call('ZADD', KEYS[5], 1, 'a')
redis.call('ZCARD', KEYS[5])
redis.call('ZRANGE', KEYS[5], 0, 0)
redis.call('ZREVRANGE', KEYS[5], 0, 0)
redis.call('ZRANGEBYSCORE', KEYS[5], 0, 1)
redis.call('ZREMRANGEBYRANK', KEYS[5], 0, 0)
redis.call('ZREM', KEYS[5], 'a')
redis.call('SET', KEYS[6], 1)
redis.call('INCR', KEYS[6])
redis.call('GET', KEYS[6])
redis.call('EXISTS', KEYS[6])
redis.call('PUBLISH', KEYS[6], '')
redis.call('DEL', KEYS[1])
`;
const digest = createHash('sha1').update(SOURCE).digest('hex');
const SCRIPT: Script = { name: 'queues', source: SOURCE, digest };
const KEYS = ['hash', 'list', 'other', 'set', 'sorted', 'text'];

/**
 * Tries once what Bull does, over a connection of its own, on keys that are removed: a Redis that will never do it is then found
 * by name, where Bull would fail with each job.
 */
export class QueueTrial {
  private readonly open = new Set<TrialClient>();
  private closed = false;

  constructor(
    private readonly clients: QueueClients,
    private readonly queues: readonly Queue[],
    /** Milliseconds that all of it may take. */
    private readonly timeout: number,
  ) {}

  /** What the server refuses for good. Rejects with `CacheUnavailableError` where it does not answer, or not now. */
  look(): Promise<StoreProblem[]> {
    return findRefusal(async () => {
      const client = this.clients.once(this.timeout);
      this.open.add(client);
      let last: unknown;
      client.on('error', (error: unknown) => (last = serverError(error)));
      const looking = this.lookOver(client);
      try {
        if (!this.closed && (await within(this.timeout, looking))) return await looking;
      } catch (error) {
        throw this.unavailable(serverError(error), last);
      } finally {
        this.open.delete(client);
        leaveIoRedis(client);
        looking.catch(() => undefined);
      }
      throw new CacheUnavailableError(
        `The Redis of the queues did not answer within ${this.timeout} ms`,
      );
    });
  }

  /** Drops the connection of a trial that is under way. */
  close(): void {
    this.closed = true;
    for (const client of this.open) leaveIoRedis(client);
  }

  private async lookOver(client: TrialClient): Promise<StoreProblem[]> {
    await client.connect();
    if (!this.clients.findServers) {
      const found = inspectRole(await infoOf(client));
      if (found.length > 0) return found;
    }
    const id = `trial-${randomUUID()}`;
    await Promise.all(
      this.queues.map(async (queue) => {
        const keys = KEYS.map((key) => queue.toKey(`${id}-${key}`));
        const clear = (): Promise<unknown> => client.del(...keys).catch(() => undefined);
        await takeEachStep(client, keys).finally(clear);
      }),
    );
    // the last: a connection that subscribes takes few other commands
    await client.subscribe(this.queues[0]?.toKey(id) ?? id);
    return [];
  }

  private unavailable(error: unknown, last: unknown): CacheUnavailableError {
    // a client that gives up says no more than that: its events said why
    const cause = isReply(error) ? error : (last ?? error);
    const message = `The Redis of the queues did not take a trial: ${failureOf(cause)}`;
    const unavailable = new CacheUnavailableError(message, { cause });
    rememberRefusal(unavailable, cause, SCRIPT, this.clients.findServers);
    return unavailable;
  }
}

async function takeEachStep(client: TrialClient, keys: string[]): Promise<void> {
  const [, list = '', other = ''] = keys;
  await client.eval(SOURCE, keys.length, ...keys);
  await client.evalsha(digest, keys.length, ...keys);
  await client.lpush(list, 'a');
  // there is one, so it does not wait
  await client.brpoplpush(list, other, 1);
  await client.multi().llen(list).exec();
}

/** Empty where this user may not ask. */
const infoOf = async (client: TrialClient): Promise<string> => {
  try {
    return await client.info();
  } catch (error) {
    if (isReply(error)) return '';
    throw error;
  }
};

const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';
