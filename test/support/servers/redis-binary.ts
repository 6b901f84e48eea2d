import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const installer = fileURLToPath(new URL('install-redis.sh', import.meta.url));

/** Makes sure that `redis-server` is in the PATH; installs Debian's package where it is not. */
export async function ensureRedisServer(): Promise<void> {
  if (await isInstalled()) return;
  console.log('redis-server is not installed: installing the Debian package');
  const command = ['sh', installer];
  const [file = '', ...rest] =
    process.getuid?.() === 0 ? command : ['sudo', '--non-interactive', ...command];
  try {
    await execute(file, rest);
  } catch (error) {
    throw new Error(
      'The tests need redis-server, and it could not be installed. Install it with ' +
        '"apt-get install redis-server" as root, or put a redis-server 7 in the PATH.',
      { cause: error },
    );
  }
}

async function isInstalled(): Promise<boolean> {
  try {
    await execute('redis-server', ['--version']);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
