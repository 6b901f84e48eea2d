import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from './files.js';

export interface Account {
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root, so root lends it another account; anyone else is fine. */
export async function unprivilegedAccount(dataDirectory: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (await exists(join(dataDirectory, 'PG_VERSION'))) {
    const { uid, gid } = await stat(dataDirectory);
    return { uid, gid };
  }
  const accounts = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const found = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(accounts);
    if (found) return { uid: Number(found[1]), gid: Number(found[2]) };
  }
  throw new Error('PostgreSQL cannot run as root, and there is no user "postgres" or "nobody"');
}

/**
 * The working directory is entered before root's rights are dropped, so the account needs no way
 * through the directories above it.
 */
export function reachablePath(directory: string, account: Account | undefined): string {
  return account && process.platform === 'linux' ? '/proc/self/cwd' : directory;
}
