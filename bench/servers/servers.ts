import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@keyv/redis';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../sample-app/src/database/embedded-postgres.js';
import { startJanitor } from '../../test/support/servers/janitor.js';
import { createDatabase } from '../../test/support/servers/postgres.js';
import { startRedis } from '../../test/support/servers/redis.js';
import type { World } from '../subject.js';
import { startMariadb } from './mariadb.js';

export interface DatabaseServer {
  pid: number;
  /** Empty, and the server's version. */
  createDatabase: (name: string) => Promise<{ url: string; version: string }>;
  stop: () => Promise<void>;
}

/** The servers of a run, with the settings that they come with; Redis with its append-only file. */
export interface Servers {
  versions: Record<string, string>;
  /** Process ids by name: for a profiler. */
  pids: Record<string, number>;
  /** A namespace and databases of one subject. */
  createWorld: () => Promise<World>;
  stop: () => Promise<void>;
}

export async function startServers({ mariadb }: { mariadb: boolean }): Promise<Servers> {
  const [redis, postgres, maria] = await Promise.all([
    startRedis(),
    startPostgres(),
    mariadb ? startMariadb() : undefined,
  ]);
  const versions: Record<string, string> = {};
  const client = createClient({ url: redis.url });
  await client.connect();
  const info = await client.info('server');
  client.destroy();
  const field = (name: string): string => new RegExp(`^${name}:(.*)\r$`, 'm').exec(info)?.[1] ?? '';
  const redisPid = Number(field('process_id'));
  versions['Redis'] = field('redis_version');
  return {
    versions,
    pids: { Redis: redisPid, PostgreSQL: postgres.pid, ...(maria && { MariaDB: maria.pid }) },
    createWorld: async () => {
      const namespace = `bench-${randomUUID().slice(0, 8)}`;
      const database = namespace.replaceAll('-', '_');
      const inPostgres = await postgres.createDatabase(database);
      const inMariadb = await maria?.createDatabase(database);
      versions['PostgreSQL'] = inPostgres.version;
      if (inMariadb !== undefined) versions['MariaDB'] = inMariadb.version;
      return {
        namespace,
        redis: { url: redis.url, pid: redisPid },
        postgres: { url: inPostgres.url, pid: postgres.pid },
        mariadb: maria && { url: inMariadb?.url ?? '', pid: maria.pid },
      };
    },
    stop: async () => {
      await Promise.all([redis.stop(), postgres.stop(), maria?.stop()]);
    },
  };
}

async function startPostgres(): Promise<DatabaseServer> {
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-postgres-'));
  const janitor = startJanitor(directory);
  const server = await startEmbeddedPostgres({
    dataDirectory: join(directory, 'data'),
    persistent: true,
    parameters: { max_connections: '300' },
  });
  janitor.watch(server.pid);
  return {
    pid: server.pid,
    async createDatabase(name) {
      const url = await createDatabase(server.url, name);
      const connection = new pg.Client(url);
      await connection.connect();
      const { rows } = await connection.query<{ server_version: string }>('SHOW server_version');
      await connection.end();
      return { url, version: rows[0]?.server_version ?? '' };
    },
    async stop() {
      await server.stop();
      await janitor.finish();
    },
  };
}
