import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createClient } from '@keyv/redis';
import pg from 'pg';
import { createTables } from '../support/processes/tables.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

export const PARTITIONS = 5;

/** Ways to the servers that no fault is in. */
export interface Servers {
  namespace: string;
  databaseUrl: string;
  /** Where the processes write down what they do. */
  directory: string;
  /** Commands over a connection made for them. */
  command: (...words: string[]) => Promise<unknown>;
  query: <Row extends object>(sql: string, parameters?: unknown[]) => Promise<Row[]>;
  /** A connection to the database, to be ended by the caller. */
  connect: () => Promise<pg.Client>;
}

/** Servers of our own. */
export interface Stage extends Servers {
  redis: RedisServer;
  postgres: PostgresServer;
  stop: () => Promise<void>;
}

/** What Redis acknowledged is on its disk: a kill loses nothing of it. */
const REDIS_ARGUMENTS = [
  ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
  ...['--enable-debug-command', 'yes', '--maxmemory-policy', 'noeviction'],
];

export async function startStage(directory: string): Promise<Stage> {
  await mkdir(directory, { recursive: true });
  const [redis, postgres] = await Promise.all([
    startRedis({ arguments: REDIS_ARGUMENTS }),
    startPostgres(),
  ]);
  const servers = await openServers(redis.url, await postgres.createDatabase(), directory);
  await servers.query('CREATE TABLE booked (counter varchar(40), delta int)');
  return {
    ...servers,
    redis,
    postgres,
    stop: async () => {
      redis.resume();
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}

/** A namespace and tables in an empty database. */
export async function openServers(
  redisUrl: string,
  databaseUrl: string,
  directory: string,
): Promise<Servers> {
  await createTables(databaseUrl);
  const connect = () => connectTo(databaseUrl);
  return {
    namespace: `faults-${randomUUID().slice(0, 8)}`,
    databaseUrl,
    directory,
    command: (...words) => commandTo(redisUrl, words),
    connect,
    async query<Row extends object>(sql: string, parameters?: unknown[]) {
      const client = await connect();
      try {
        return (await client.query<Row>(sql, parameters)).rows;
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}

async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  // the server may be killed at any time
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function commandTo(url: string, words: string[]): Promise<unknown> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.sendCommand(words);
  } finally {
    if (client.isOpen) client.destroy();
  }
}
