import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, reachablePath } from './account.js';
import { claim } from './orphan.js';

const startDeadline = 60_000;
const logFile = 'server.log';

/** Starts the server and waits until it accepts connections. */
export async function run(
  dataDirectory: string,
  binaries: string,
  account: Account | undefined,
  port: number,
  parameters: Record<string, string>,
): Promise<ChildProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...parameters,
  };
  const log = await open(join(dataDirectory, logFile), 'w', 0o600);
  const server = spawn(
    join(binaries, 'bin', 'postgres'),
    [
      ...['-D', reachablePath(dataDirectory, account), '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...account,
      cwd: dataDirectory,
      // In a process group of its own, or Ctrl+C would stop it before the application has drained.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  await once(server, 'spawn').finally(() => log.close());
  server.unref();

  const stopAtExit = (): void => void server.kill('SIGINT');
  process.once('exit', stopAtExit);
  server.once('exit', () => process.off('exit', stopAtExit));
  await claim(dataDirectory);
  await ready(server, dataDirectory);
  return server;
}

async function ready(server: ChildProcess, dataDirectory: string): Promise<void> {
  const deadline = Date.now() + startDeadline;
  for (;;) {
    const lock = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '');
    const lines = lock.split('\n').map((line) => line.trim());
    if (lines[0] === String(server.pid) && lines[7] === 'ready') return;
    if (!isRunning(server) || Date.now() > deadline) {
      server.kill('SIGQUIT');
      const log = await readFile(join(dataDirectory, logFile), 'utf8');
      throw new Error(`PostgreSQL did not start:\n${log.slice(-2000)}`);
    }
    await sleep(20);
  }
}

export async function stop(
  server: ChildProcess,
  dataDirectory: string,
  persistent: boolean,
): Promise<void> {
  if (isRunning(server)) {
    const exit = once(server, 'exit');
    server.ref();
    server.kill(persistent ? 'SIGINT' : 'SIGQUIT');
    await exit;
  }
  if (!persistent) await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 });
}

function isRunning(server: ChildProcess): boolean {
  return server.exitCode === null && server.signalCode === null;
}
