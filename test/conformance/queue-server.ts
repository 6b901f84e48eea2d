import { createClient } from '@keyv/redis';
import { asCounterUser } from '../support/servers/documented-access.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

/** The Redis of one driver's queues: of its own, so that connections are counted, and it may go away. */
export interface QueueServer {
  /** For the documented user. */
  readonly url: string;
  /** How many connections there are, but for that of the question. */
  connections(): Promise<number>;
  /** Sends a command as the administrator. */
  command(...words: string[]): Promise<unknown>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server, or none where the queues need none. */
export async function startQueueServer(isNeeded: boolean): Promise<QueueServer> {
  const redis = isNeeded ? await startRedis() : undefined;
  const given = (): RedisServer => {
    if (redis === undefined) throw new Error('Jobs in the process have no server');
    return redis;
  };
  const once = async (...words: string[]): Promise<unknown> => {
    const client = createClient({ url: given().url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(words);
    } finally {
      client.destroy();
    }
  };
  return {
    url: redis === undefined ? 'redis://localhost' : asCounterUser(redis.url),
    connections: async () => {
      const list = String(await once('CLIENT', 'LIST', 'TYPE', 'normal'));
      const subscribed = String(await once('CLIENT', 'LIST', 'TYPE', 'pubsub'));
      const lines = (text: string): number => text.split('\n').filter(Boolean).length;
      return lines(list) + lines(subscribed) - 1;
    },
    command: once,
    kill: () => given().kill(),
    restart: () => given().restart(),
    stop: async () => {
      await redis?.stop();
    },
  };
}
