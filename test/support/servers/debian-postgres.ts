import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { unprivilegedAccount } from '../../../sample-app/src/database/embedded-postgres/account.js';
import { exists } from '../../../sample-app/src/database/embedded-postgres/files.js';
import { run, stop } from '../../../sample-app/src/database/embedded-postgres/server.js';
import { startJanitor } from './janitor.js';
import { ensureServer, type ServerBinary } from './server-binary.js';

const execute = promisify(execFile);

const POSTGRES: ServerBinary = {
  command: 'pg_dump',
  versionArguments: ['--version'],
  package: 'postgresql',
  service: 'postgresql',
  hint: 'put the programs of one PostgreSQL in the PATH',
};

/** Where the programs are that have the version of pg_dump. */
async function binaries(): Promise<string> {
  await ensureServer(POSTGRES);
  const { stdout } = await execute('pg_dump', ['--version']);
  const major = /\d+/.exec(stdout)?.[0] ?? '';
  const debian = join('/usr/lib/postgresql', major);
  if (await exists(debian)) return debian;
  const { stdout: found } = await execute('sh', ['-c', 'command -v pg_dump']);
  return dirname(dirname(await realpath(found.trim())));
}

/**
 * A PostgreSQL of the machine's packages, to which pg_dump and psql belong: the one that other tests have comes without them, and
 * these refuse a server that is newer than they are.
 */
export async function startDebianPostgres(
  parameters: Record<string, string> = {},
): Promise<{ url: string; stop(): Promise<void> }> {
  const from = await binaries();
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-postgres-'));
  const janitor = startJanitor(directory);
  const data = join(directory, 'data');
  const account = await unprivilegedAccount(data);
  const password = randomBytes(9).toString('hex');
  const secret = join(directory, 'password');
  await writeFile(secret, password);
  if (account) {
    for (const path of [directory, secret]) await chown(path, account.uid, account.gid);
  }
  await execute(
    join(from, 'bin', 'initdb'),
    [
      ...[`--pgdata=${data}`, '--username=postgres', `--pwfile=${secret}`, '--no-sync'],
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'],
    ],
    { ...account, cwd: directory },
  );
  const port = await freePort();
  const settings = { fsync: 'off', full_page_writes: 'off', ...parameters };
  const server = await run(data, from, account, port, settings);
  janitor.watch(Number(server.pid));
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await stop(server, data, true);
      await janitor.finish();
    },
  };
}
