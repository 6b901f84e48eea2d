import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { aclRules } from './documented-access.js';
import { startJanitor } from './janitor.js';
import { ensureServer, type ServerBinary } from './server-binary.js';

export interface RedisServer {
  /** For a user that may do everything; `asCounterUser()` makes it that of the documented user. */
  readonly url: string;
  readonly port: number;
  /** Where its data is. */
  readonly directory: string;
  /** Shuts down in order and removes the data. */
  stop(): Promise<void>;
  /** Kills the server as a crash would; the data stays for `restart()`. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Stops the server's clock: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts again on the same port and data, after a shutdown in order if it still runs. */
  restart(): Promise<void>;
}

export interface RedisOptions {
  port?: number;
  /** Arguments of `redis-server`. Default: append-only file, synced every second, no snapshots. */
  arguments?: string[];
}

const REDIS: ServerBinary = {
  command: 'redis-server',
  versionArguments: ['--version'],
  package: 'redis-server',
  service: 'redis-server',
  hint: 'put a redis-server 7 in the PATH',
};
const startDeadline = 30_000;
const defaultArguments = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];

/** Starts a Redis of its own on 127.0.0.1, with its data in a temporary directory. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  await ensureServer(REDIS);
  const port = options.port ?? (await freePort());
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-redis-'));
  const janitor = startJanitor(directory);

  const run = async (): Promise<ChildProcess> => {
    const started = spawn(
      'redis-server',
      [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
        ...['--logfile', join(directory, 'server.log')],
        ...(options.arguments ?? defaultArguments),
        ...['--user', 'fastcounter', ...aclRules('*')],
      ],
      { detached: true, stdio: 'ignore' },
    );
    await once(started, 'spawn');
    janitor.watch(Number(started.pid));
    started.unref();
    await ready(started, port, directory);
    return started;
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (!isRunning(server)) return;
    const exit = once(server, 'exit');
    server.ref();
    server.kill(signal);
    server.kill('SIGCONT');
    await exit;
  };

  let server = await run();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    directory,
    kill,
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    restart: async () => {
      await kill('SIGTERM');
      server = await run();
    },
    stop: async () => {
      await kill('SIGTERM');
      await janitor.finish();
    },
  };
}

async function ready(server: ChildProcess, port: number, directory: string): Promise<void> {
  const deadline = Date.now() + startDeadline;
  while (!(await answers(port, server.pid))) {
    if (!isRunning(server) || Date.now() > deadline) {
      server.kill('SIGKILL');
      const log = await readFile(join(directory, 'server.log'), 'utf8').catch(() => '');
      throw new Error(`redis-server did not start:\n${log.slice(-2000)}`);
    }
    await sleep(10);
  }
}

/** Whether this process answers there, and no other server that has taken the port. */
function answers(port: number, pid: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answered = '';
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => {
      settle(false);
    });
    socket.once('error', () => {
      settle(false);
    });
    socket.on('data', (data) => {
      answered += data.toString();
      // while it loads its data it refuses PING, and answers INFO
      if (!answered.startsWith('+PONG\r\n')) settle(false);
      const [, found] = /process_id:(\d+)\r\n/.exec(answered) ?? [];
      if (found !== undefined) settle(Number(found) === pid);
      // a server that lets nobody ask
      else if (answered.includes('\r\n-')) settle(true);
    });
    socket.write('PING\r\nINFO server\r\n');
  });
}

function isRunning(server: ChildProcess): boolean {
  return server.exitCode === null && server.signalCode === null;
}
