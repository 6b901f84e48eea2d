import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { freePort } from '../../sample-app/src/database/embedded-postgres.js';
import { startJanitor } from '../../test/support/servers/janitor.js';
import { ensureServer, type ServerBinary } from '../../test/support/servers/server-binary.js';
import type { DatabaseServer } from './servers.js';

const execute = promisify(execFile);
const MARIADB: ServerBinary = {
  command: 'mariadbd',
  versionArguments: ['--no-defaults', '--version'],
  package: 'mariadb-server',
  service: 'mariadb',
  hint: 'put mariadbd and mariadb-install-db in the PATH, or measure without it: --without-mariadb',
};
const startDeadline = 30_000;

/** Starts a MariaDB of its own on 127.0.0.1, with its data in a temporary directory. */
export async function startMariadb(): Promise<DatabaseServer> {
  await ensureServer(MARIADB);
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-mariadb-'));
  const janitor = startJanitor(directory);
  const data = join(directory, 'data');
  const { username } = userInfo();
  const password = randomUUID();
  const grants = join(directory, 'grants.sql');
  await writeFile(
    grants,
    `CREATE USER bench@'%' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO bench@'%';\n`,
  );
  const owner = `--user=${username}`;
  await execute('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, owner]);
  const server = spawn(
    'mariadbd',
    [
      ...['--no-defaults', owner, `--datadir=${data}`, `--port=${port}`],
      ...[
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        `--socket=${join(directory, 'socket')}`,
      ],
      ...[`--log-error=${join(directory, 'server.log')}`, `--init-file=${grants}`],
    ],
    { detached: true, stdio: 'ignore' },
  );
  await once(server, 'spawn');
  janitor.watch(Number(server.pid));
  server.unref();

  const address = { host: '127.0.0.1', port, user: 'bench', password };
  const deadline = Date.now() + startDeadline;
  for (;;) {
    const connected = await mysql.createConnection(address).catch(() => undefined);
    await connected?.end();
    if (connected !== undefined) break;
    if (server.exitCode !== null || Date.now() > deadline) {
      const log = await readFile(join(directory, 'server.log'), 'utf8').catch(() => '');
      throw new Error(`mariadbd did not start:\n${log.slice(-2000)}`);
    }
    await sleep(50);
  }
  return {
    pid: Number(server.pid),
    async createDatabase(name) {
      const connection = await mysql.createConnection(address);
      await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
      const [rows] = await connection.query('SELECT version() AS version');
      await connection.end();
      const [{ version = '' } = {}] = rows as { version?: string }[];
      return { url: `mariadb://bench:${password}@127.0.0.1:${port}/${name}`, version };
    },
    async stop() {
      const exit = once(server, 'exit');
      server.ref();
      server.kill('SIGTERM');
      await exit;
      await janitor.finish();
    },
  };
}
