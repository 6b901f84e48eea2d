import { randomUUID } from 'node:crypto';
import { createClient } from '@keyv/redis';
import { inject, onTestFinished } from 'vitest';
import type { FastCounterOptions } from '../../../lib/index.js';
import { asCounterUser } from '../servers/documented-access.js';
import { createCounterDatabase, grantCounters } from '../servers/counter-database.js';
import { CountingProcess } from './counting-process.js';
import type { ProcessConfiguration } from './protocol.js';
import { openWorldDatabase } from './world-database.js';

/** As it is made without further options. */
const makeClient = (url: string) => createClient({ url, socket: { reconnectStrategy: false } });
export type RedisClient = ReturnType<typeof makeClient>;

type WorldProcessOptions = Omit<FastCounterOptions, 'namespace'> &
  Pick<
    ProcessConfiguration,
    'http' | 'client' | 'signalAt' | 'clock' | 'database' | 'missing' | 'viewed' | 'outbox'
  > & {
    embedded?: boolean;
    /** Of another version of the package. */
    program?: string;
    /** Where the process finds them, if not where the world does: at a proxy, say. */
    redisUrl?: string;
    databaseUrl?: string;
  };

/** What one counter should be: between what was acknowledged and what may have been counted. */
export interface Tally {
  acknowledged: bigint;
  /** Sent and not refused. */
  atMost: bigint;
}

/**
 * A namespace and a database with the tables, for processes that count together. They have the rights
 * that docs/security.md grants, and no others.
 */
export interface World {
  readonly namespace: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Those that were started, in their order, also when they ended. */
  readonly processes: readonly CountingProcess[];
  /** Starts a process that persists often, unless told otherwise. */
  start: (options?: WorldProcessOptions) => Promise<CountingProcess>;
  /** A client for the Redis of the counters, with all rights. */
  redis: () => Promise<RedisClient>;
  query: <Row extends object>(sql: string, parameters?: unknown[]) => Promise<Row[]>;
  /** The row's value, straight from the table; undefined without a row. */
  row: (name: string) => Promise<bigint | undefined>;
  /** What the processes wrote down. */
  tally: (name: string) => Promise<Tally>;
  /** Kills the processes that still run. */
  end: () => Promise<void>;
}

interface Servers {
  /** As `startRedis()` answers it. */
  redisUrl?: string;
  /** An empty database of PostgreSQL or MariaDB, for its owner. */
  databaseUrl?: string;
}

/** On the shared servers, or on others; it ends with the test. */
export async function createWorld(servers?: Servers): Promise<World> {
  const world = await openWorld(servers);
  onTestFinished(world.end);
  return world;
}

/** The same for several tests: its caller ends it. */
export async function openWorld(servers: Servers = {}): Promise<World> {
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const redisAdminUrl = servers.redisUrl ?? inject('redisAdminUrl');
  const redisUrl = asCounterUser(redisAdminUrl);
  if (servers.databaseUrl !== undefined) await grantCounters(servers.databaseUrl);
  const ownerUrl = servers.databaseUrl ?? (await createCounterDatabase());
  const database = openWorldDatabase(ownerUrl);
  const tally = { url: inject('redisAdminUrl'), key: `tally:${namespace}` };

  const endings: (() => unknown)[] = [];
  const processes: CountingProcess[] = [];

  const start = async (
    configuration: ProcessConfiguration,
    program?: string,
  ): Promise<CountingProcess> => {
    const started = new CountingProcess(configuration, program);
    endings.push(() => started.kill());
    processes.push(started);
    await started.ready;
    return started;
  };
  const connect = async (url: string): Promise<RedisClient> => {
    const client = makeClient(url);
    client.on('error', () => undefined);
    await client.connect();
    endings.push(() => {
      if (client.isOpen) client.destroy();
    });
    return client;
  };
  return {
    namespace,
    redisUrl,
    databaseUrl: database.url,
    processes,
    query: (sql, parameters) => database.query(sql, parameters),
    start: ({ embedded = false, redisUrl: url = redisUrl, program, ...options } = {}) =>
      start(
        {
          redis: embedded ? undefined : url,
          namespace,
          databaseUrl: database.url,
          tally,
          updateInterval: 100,
          sweepInterval: 200,
          ...options,
        },
        program,
      ),
    redis: () => connect(redisAdminUrl),
    row: (name) => database.row(namespace, name),
    tally: async (name) => {
      const client = await connect(tally.url);
      const [sent, acknowledged, refused] = await Promise.all(
        ['sent', 'acknowledged', 'refused'].map(async (kind) =>
          BigInt((await client.hGet(`${tally.key}::${kind}`, name)) ?? 0),
        ),
      );
      client.destroy();
      return { acknowledged: acknowledged ?? 0n, atMost: (sent ?? 0n) - (refused ?? 0n) };
    },
    end: async () => {
      await Promise.all(endings.map((end) => end()));
    },
  };
}
