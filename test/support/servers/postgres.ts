import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../sample-app/src/database/embedded-postgres.js';
import { freePort } from './free-port.js';
import { startJanitor } from './janitor.js';

export interface PostgresServer {
  readonly url: string;
  /** Creates an empty database and answers its URL. Default name: a random one. */
  createDatabase(name?: string): Promise<string>;
  /**
   * Ends the server at once, as a crash would; the data stays for `restart()`. SIGKILL leaves its
   * backends behind for a moment, in which it cannot be started again. Default: SIGQUIT.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Stops all of its processes where they are (SIGSTOP): connections are taken by the kernel alone, and nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Starts again on the same port and data, after a shutdown in order if it still runs. */
  restart(): Promise<void>;
  /** Shuts down and removes the data. */
  stop(): Promise<void>;
}

const defaultParameters = {
  ...{ max_connections: '300', fsync: 'off', full_page_writes: 'off' },
  // looks at one database after the other, and there are a thousand
  autovacuum: 'off',
};

/**
 * Starts a PostgreSQL of its own on 127.0.0.1, with its data in a temporary directory, and with further
 * parameters as in postgresql.conf.
 */
export async function startPostgres(further: Record<string, string> = {}): Promise<PostgresServer> {
  const parameters = { ...defaultParameters, ...further };
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-postgres-'));
  const janitor = startJanitor(directory);
  const dataDirectory = join(directory, 'data');

  const run = async () => {
    const started = await startEmbeddedPostgres({
      dataDirectory,
      port,
      persistent: true,
      parameters,
    });
    janitor.watch(started.pid);
    return started;
  };

  let server = await run();
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const pid of withChildren(server.pid)) {
      try {
        process.kill(pid, signal);
      } catch {
        // it ended
      }
    }
  };
  return {
    url: server.url,
    createDatabase: (name) => createDatabase(server.url, name),
    kill: async (signal = 'SIGQUIT') => {
      process.kill(server.pid, signal);
      await server.stop();
    },
    restart: async () => {
      await server.stop();
      server = await run();
    },
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    stop: async () => {
      signalAll('SIGCONT');
      await server.stop();
      await janitor.finish();
    },
  };
}

/** A process of which only the first may still make others. */
function withChildren(pid: number): number[] {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString().trim().split('\n');
  const pairs = all.map((line) => line.trim().split(/\s+/).map(Number));
  return [pid, ...pairs.filter(([, parent]) => parent === pid).map(([child = 0]) => child)];
}

/** Whether this is on its way to a database to add a batch: as a statement, or as the name of one that was prepared. */
export const addsBatch = (chunk: Buffer): boolean =>
  /INSERT INTO "fast_counter"|\bfastcounter-[0-9a-f]{40}/.test(chunk.toString('latin1'));

/** Whether this commits a batch: by itself, or as the end of more. A transaction begins as "READ COMMITTED". */
export const commitsBatch = (chunk: Buffer): boolean =>
  addsBatch(chunk) || /\bCOMMIT\b/.test(chunk.toString('latin1'));

const someName = (): string => `test_${randomUUID().replaceAll('-', '')}`;

/** Creates an empty database on a server that runs already, or one like `template`, and answers its URL. */
export async function createDatabase(
  serverUrl: string,
  name = someName(),
  template = 'template1',
): Promise<string> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    const made = client.escapeIdentifier(name);
    const model = client.escapeIdentifier(template);
    const { rows } = await client.query<{ major: string }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS major`,
    );
    // since 15 it is written to the log, page by page, unless told otherwise
    const fast = Number(rows[0]?.major) >= 15 ? 'STRATEGY file_copy' : '';
    await client.query(`CREATE DATABASE ${made} TEMPLATE ${model} ${fast}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
