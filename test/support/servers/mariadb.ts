import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { freePort } from './free-port.js';
import { startJanitor } from './janitor.js';
import { ensureServer, type ServerBinary } from './server-binary.js';

const execute = promisify(execFile);
const MARIADB: ServerBinary = {
  command: 'mariadbd',
  versionArguments: ['--no-defaults', '--version'],
  package: 'mariadb-server',
  service: 'mariadb',
  hint: 'put mariadbd and mariadb-install-db in the PATH',
};
const startDeadline = 60_000;
const user = 'owner';

/** As fast as can be: what a test kills is the process, not the machine. */
const QUICK = ['--innodb-flush-log-at-trx-commit=2', '--innodb-doublewrite=0'];

export interface MariadbServer {
  readonly url: string;
  readonly pid: number;
  /** Creates an empty database and answers its URL. Default name: a random one. Default clause: the settings of the server. */
  createDatabase(name?: string, clause?: string): Promise<string>;
  /** Ends the server at once; the data stays for `restart()`. */
  kill(): Promise<void>;
  /** Stops it where it is (SIGSTOP): connections are taken by the kernel alone, and nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Starts again on the same port and data, after a shutdown in order if it still runs. */
  restart(): Promise<void>;
  /** Shuts down and removes the data. */
  stop(): Promise<void>;
}

/** Starts a MariaDB of its own on 127.0.0.1, with its data in a temporary directory, and with further arguments. */
export async function startMariadb(further: readonly string[] = QUICK): Promise<MariadbServer> {
  await ensureServer(MARIADB);
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-mariadb-'));
  const janitor = startJanitor(directory);
  const data = join(directory, 'data');
  const owner = `--user=${userInfo().username}`;
  const password = randomUUID();
  const url = `mysql://${user}:${password}@127.0.0.1:${port}`;
  const grants = join(directory, 'grants.sql');
  await writeFile(
    grants,
    `CREATE USER IF NOT EXISTS ${user}@'%' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO ${user}@'%' WITH GRANT OPTION;\n`,
  );
  await execute('mariadb-install-db', [
    ...['--no-defaults', `--datadir=${data}`, owner],
    ...['--skip-test-db', '--auth-root-authentication-method=normal'],
  ]);
  const run = async () => {
    const started = spawn(
      'mariadbd',
      [
        ...['--no-defaults', owner, `--datadir=${data}`, `--port=${port}`],
        ...['--bind-address=127.0.0.1', '--skip-name-resolve'],
        // a server that starts removes what others have in a temporary folder
        ...[
          `--socket=${join(directory, 'socket')}`,
          `--init-file=${grants}`,
          `--tmpdir=${directory}`,
        ],
        ...[`--log-error=${join(directory, 'server.log')}`, '--max-connections=300', ...further],
      ],
      { detached: true, stdio: 'ignore' },
    );
    await once(started, 'spawn');
    janitor.watch(Number(started.pid));
    started.unref();
    const end = Date.now() + startDeadline;
    while (!(await answers(url))) {
      await sleep(50);
      if (started.exitCode === null && Date.now() < end) continue;
      const log = await readFile(join(directory, 'server.log'), 'utf8').catch(() => '');
      throw new Error(`mariadbd did not start:\n${log.slice(-2000)}`);
    }
    return started;
  };
  let server = await run();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.ref();
    server.kill(signal);
    await exit;
  };
  return {
    url,
    get pid() {
      return Number(server.pid);
    },
    createDatabase: (name, clause) => createMariadbDatabase(url, name, clause),
    kill: () => end('SIGKILL'),
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    restart: async () => {
      await end('SIGTERM');
      server = await run();
    },
    stop: async () => {
      server.kill('SIGCONT');
      await end('SIGTERM');
      await janitor.finish();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const connection = await mysql.createConnection(url).catch(() => undefined);
  await connection?.end();
  return connection !== undefined;
}

/** Creates an empty database on a server that runs already, and answers its URL. */
export async function createMariadbDatabase(
  serverUrl: string,
  name = `test_${randomUUID().replaceAll('-', '')}`,
  clause = '',
): Promise<string> {
  const connection = await mysql.createConnection(serverUrl);
  try {
    await connection.query(`CREATE DATABASE ${connection.escapeId(name)} ${clause}`);
  } finally {
    await connection.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
