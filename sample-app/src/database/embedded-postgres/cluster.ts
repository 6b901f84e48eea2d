import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, reachablePath } from './account.js';

const execute = promisify(execFile);
const passwordFile = 'superuser.password';

/** Creates the cluster beside its place and moves it there, so that half of one is never found. */
export async function initialize(
  dataDirectory: string,
  binaries: string,
  account: Account | undefined,
  persistent: boolean,
): Promise<void> {
  const staging = `${dataDirectory}.initializing`;
  const password = randomBytes(18).toString('hex');
  const secrets = await mkdtemp(join(tmpdir(), 'embedded-postgres-'));
  const secret = join(secrets, 'password');
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o700 });
  await writeFile(secret, password, { mode: 0o600 });
  if (account) {
    for (const path of [staging, secrets, secret]) await chown(path, account.uid, account.gid);
  }
  try {
    await execute(
      join(binaries, 'bin', 'initdb'),
      [
        `--pgdata=${reachablePath(staging, account)}`,
        '--username=postgres',
        `--pwfile=${secret}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(persistent ? [] : ['--no-sync']),
      ],
      { ...account, cwd: staging },
    );
    await writeFile(join(staging, passwordFile), password, { mode: 0o600 });
    await rename(staging, dataDirectory);
  } finally {
    await rm(secrets, { recursive: true });
  }
}

export function readPassword(dataDirectory: string): Promise<string> {
  return readFile(join(dataDirectory, passwordFile), 'utf8');
}
