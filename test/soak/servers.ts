import { createClient } from '@keyv/redis';
import pg from 'pg';
import { grantCounters } from '../support/servers/counter-database.js';
import { asCounterUser } from '../support/servers/documented-access.js';
import { startPostgres } from '../support/servers/postgres.js';
import { startRedis } from '../support/servers/redis.js';

/** How much the servers did so far, and what Redis holds. */
export interface ServerSample {
  /** Commands that clients sent: scripts, blocking calls and transactions. */
  commands: number;
  /** All commands, with those inside of scripts, and without those of this probe. */
  allCommands: number;
  /** In bytes. */
  redisMemory: number;
  /** How many of each kind: their names without namespace and numbers. */
  redisKeys: Record<string, number>;
  statements: number;
}

/** Servers of our own, and a way to look at them that is not counted. */
export interface Servers {
  /** For the documented user and role. */
  redisUrl: string;
  databaseUrl: string;
  /** Commands of one turn: nothing comes between them. */
  commands: (...commands: string[][]) => Promise<unknown[]>;
  sample: () => Promise<ServerSample>;
  versions: () => Promise<{ redis: string; postgres: string }>;
  stop: () => Promise<void>;
}

const SENT = ['evalsha', 'eval', 'brpoplpush', 'multi'];
const OF_THE_PROBE = ['info', 'keys', 'llen', 'zcard'];

export async function startServers(): Promise<Servers> {
  const [redis, postgres] = await Promise.all([
    startRedis(),
    startPostgres({ shared_preload_libraries: 'pg_stat_statements' }),
  ]);
  const databaseUrl = await postgres.createDatabase('soak');
  const client = createClient({ url: redis.url });
  const database = new pg.Client(postgres.url);
  await Promise.all([client.connect(), database.connect()]);
  await database.query('CREATE EXTENSION pg_stat_statements');
  const commands = (...all: string[][]): Promise<unknown[]> =>
    Promise.all(all.map((words) => client.sendCommand(words)));
  return {
    redisUrl: asCounterUser(redis.url),
    databaseUrl: await grantCounters(databaseUrl),
    commands,
    sample: async () => {
      const [[stats, memory, keys], { rows }] = await Promise.all([
        commands(['INFO', 'commandstats'], ['INFO', 'memory'], ['KEYS', '*']),
        database.query<{ calls: string }>(STATEMENTS),
      ]);
      return {
        ...countCommands(String(stats)),
        redisMemory: Number(/^used_memory:(\d+)/m.exec(String(memory))?.[1]),
        redisKeys: countKinds(keys as string[]),
        statements: Number(rows[0]?.calls),
      };
    },
    versions: async () => {
      const [info] = await commands(['INFO', 'server']);
      const { rows } = await database.query<{ server_version: string }>('SHOW server_version');
      return {
        redis: /redis_version:(\S+)/.exec(String(info))?.[1] ?? 'unknown',
        postgres: rows[0]?.server_version ?? 'unknown',
      };
    },
    stop: async () => {
      client.destroy();
      await database.end();
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}

/** Of the database of the counters alone. */
const STATEMENTS = `
  SELECT sum(calls) AS calls FROM pg_stat_statements
  WHERE dbid = (SELECT oid FROM pg_database WHERE datname = 'soak')`;

function countCommands(stats: string): Pick<ServerSample, 'commands' | 'allCommands'> {
  const sum = { commands: 0, allCommands: 0 };
  for (const [, name = '', calls] of stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (SENT.includes(name)) sum.commands += Number(calls);
    if (!OF_THE_PROBE.includes(name)) sum.allCommands += Number(calls);
  }
  return sum;
}

function countKinds(keys: readonly string[]): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const key of keys) {
    const kind = key.replace(/^.*}::/, '').replaceAll(/[0-9]+/g, '0');
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}
