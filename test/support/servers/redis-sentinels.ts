import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@keyv/redis';
import { freePort } from './free-port.js';
import { startJanitor } from './janitor.js';
import { type RedisServer, startRedis } from './redis.js';

export interface RedisSentinelServers {
  /** What the sentinels call it. */
  readonly name: string;
  readonly sentinels: readonly { host: string; port: number }[];
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  /** By a signal, without a word to anybody. */
  killSentinel(index: number): Promise<void>;
  stop(): Promise<void>;
}

const startDeadline = 30_000;
const settings = ['--appendonly', 'no', '--save', '', '--repl-diskless-sync-delay', '0'];

/** A primary, its replica and three sentinels that agree within a second or two that the primary is gone. */
export async function startRedisSentinels(): Promise<RedisSentinelServers> {
  const name = 'mymaster';
  const primary = await startRedis({ arguments: settings });
  const of = ['--replicaof', '127.0.0.1', String(primary.port)];
  const replica = await startRedis({ arguments: [...settings, ...of] });
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, () => startSentinel(name, primary.port)),
  );
  const deadline = Date.now() + startDeadline;
  for (const { port } of sentinels) {
    while (!(await knowsAll(port, name))) {
      if (Date.now() > deadline) throw new Error('The sentinels did not find one another');
      await sleep(50);
    }
  }
  return {
    name,
    sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
    primary,
    replica,
    killSentinel: async (index) => {
      await sentinels[index]?.stop();
    },
    stop: async () => {
      await Promise.all(sentinels.map(({ stop }) => stop()));
      await Promise.all([primary.stop(), replica.stop()]);
    },
  };
}

export async function startSentinel(
  name: string,
  primary: number,
  { quorum = 2, further = [] }: { quorum?: number; further?: readonly string[] } = {},
) {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-sentinel-'));
  const janitor = startJanitor(directory);
  const file = join(directory, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${directory}`,
    ...further,
    `sentinel monitor ${name} 127.0.0.1 ${primary} ${quorum}`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 5000`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const server = spawn('redis-server', [file, '--sentinel'], { detached: true, stdio: 'ignore' });
  await once(server, 'spawn');
  janitor.watch(Number(server.pid));
  server.unref();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const exit = once(server, 'exit');
    server.ref();
    server.kill('SIGKILL');
    await exit;
    await janitor.finish();
  };
  return { port, stop: () => (stopped ??= stop()) };
}

/** Both other sentinels, and the replica. */
async function knowsAll(port: number, name: string): Promise<boolean> {
  const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: false } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const answer = (await client.sendCommand(['SENTINEL', 'MASTER', name])) as unknown as string[];
    const field = (key: string): string | undefined => answer[answer.indexOf(key) + 1];
    return field('num-other-sentinels') === '2' && field('num-slaves') === '1';
  } catch {
    return false;
  } finally {
    if (client.isOpen) client.destroy();
  }
}
