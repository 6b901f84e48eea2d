import { createClient } from '@keyv/redis';
import { Redis } from 'ioredis';
import type { OpenSubject } from '../subject.js';
import { countingSubject } from './counting-subject.js';

/** One INCRBY a call, over node-redis: it sends what gathers in one turn of the event loop at once. */
export const nodeRedisIncrBy: OpenSubject = async ({ redis, namespace }) => {
  const client = createClient({ url: redis.url });
  client.on('error', (error) => console.error(error));
  await client.connect();
  return countingSubject({
    incr: (name) => client.incrBy(`${namespace}:${name}`, 1),
    close: () => {
      client.destroy();
      return Promise.resolve();
    },
  });
};

/**
 * The ceiling of callers in one process: all who call while a round trip is under way await the same promise,
 * and one INCRBY is sent for all of them. Nothing is added up.
 */
export const roundTrips: OpenSubject = async ({ redis, namespace }) => {
  const client = createClient({ url: redis.url });
  client.on('error', (error) => console.error(error));
  await client.connect();
  let underWay: Promise<void> | undefined;
  const trip = async (): Promise<void> => {
    // the client writes when all callers of this turn have called
    await client.incrBy(`${namespace}:trips`, 1);
    underWay = undefined;
  };
  return countingSubject({
    incr: () => (underWay ??= trip()),
    close: () => {
      client.destroy();
      return Promise.resolve();
    },
  });
};

/** One INCRBY a call, over ioredis; `enableAutoPipelining` sends what gathers in one turn at once. */
export const ioredisIncrBy: OpenSubject = async ({ redis, namespace }, { autoPipelining }) => {
  const client = new Redis(redis.url, { enableAutoPipelining: autoPipelining === true });
  await client.ping();
  return countingSubject({
    incr: (name) => client.incrby(`${namespace}:${name}`, 1),
    close: () => {
      client.disconnect();
      return Promise.resolve();
    },
  });
};
