import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@keyv/redis';
import { freePort } from '../../../sample-app/src/database/embedded-postgres.js';
import { startRedis } from './redis.js';

export interface RedisClusterServers {
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

const slots = 16_384;
const startDeadline = 30_000;

/** Starts a Redis Cluster of its own on 127.0.0.1: so many masters, without replicas. */
export async function startRedisCluster(masters = 3): Promise<RedisClusterServers> {
  const nodes = await Promise.all(Array.from({ length: masters }, startNode));
  const [first] = nodes;
  await Promise.all(
    nodes.map(async ({ command }, index) => {
      const from = Math.ceil((slots * index) / masters);
      const to = Math.ceil((slots * (index + 1)) / masters) - 1;
      await command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
      await command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    }),
  );
  for (const { port, busPort } of nodes.slice(1)) {
    await first?.command('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort));
  }
  const deadline = Date.now() + startDeadline;
  for (const { command } of nodes) {
    while (!isComplete(await command('CLUSTER', 'INFO'), masters)) {
      if (Date.now() > deadline) throw new Error('The Redis cluster did not come together');
      await sleep(20);
    }
  }
  return {
    urls: nodes.map(({ url }) => url),
    stop: async () => {
      await Promise.all(nodes.map(({ stop }) => stop()));
    },
  };
}

async function startNode() {
  const busPort = await freePort();
  const server = await startRedis({
    arguments: [
      ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
      ...['--appendonly', 'no', '--save', ''],
    ],
  });
  const client = createClient({ url: server.url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    url: server.url,
    port: server.port,
    busPort,
    command: (...words: string[]): Promise<unknown> => client.sendCommand(words),
    stop: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

function isComplete(info: unknown, masters: number): boolean {
  const text = String(info);
  return text.includes('cluster_state:ok') && text.includes(`cluster_known_nodes:${masters}\r`);
}
