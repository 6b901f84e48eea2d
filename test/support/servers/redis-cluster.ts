import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@keyv/redis';
import { freePort } from './free-port.js';
import { type RedisServer, startRedis } from './redis.js';

export interface RedisClusterServers {
  /** Of the masters. */
  readonly urls: readonly string[];
  /** The master that has the slot of this key. */
  masterOf(key: string): Promise<RedisServer>;
  stop(): Promise<void>;
}

const slots = 16_384;
const startDeadline = 30_000;

/** Starts a Redis Cluster of its own on 127.0.0.1: so many masters, each with so many replicas, and further arguments for each. */
export async function startRedisCluster(
  masters = 3,
  replicas = 0,
  further: readonly string[] = [],
): Promise<RedisClusterServers> {
  const count = masters * (1 + replicas);
  const nodes = await Promise.all(Array.from({ length: count }, () => startNode(further)));
  const [first] = nodes;
  await Promise.all(
    nodes.map(({ command }, index) => command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))),
  );
  const lastSlot = (index: number): number => Math.ceil((slots * (index + 1)) / masters) - 1;
  await Promise.all(
    nodes.slice(0, masters).map(({ command }, index) => {
      const from = String(lastSlot(index - 1) + 1);
      return command('CLUSTER', 'ADDSLOTSRANGE', from, String(lastSlot(index)));
    }),
  );
  for (const { server, busPort } of nodes.slice(1)) {
    await first?.command('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(busPort));
  }
  const until = async (isReached: (node: Node) => Promise<boolean>): Promise<void> => {
    const deadline = Date.now() + startDeadline;
    for (const node of nodes) {
      while (!(await isReached(node))) {
        if (Date.now() > deadline) throw new Error('The Redis cluster did not come together');
        await sleep(20);
      }
    }
  };
  await until(async ({ command }) => isComplete(await command('CLUSTER', 'INFO'), count));
  for (const [index, { command }] of nodes.slice(masters).entries()) {
    const id = String(await nodes[index % masters]?.command('CLUSTER', 'MYID'));
    await command('CLUSTER', 'REPLICATE', id);
  }
  await until(async ({ command }) => !String(await command('INFO')).includes('link_status:down'));
  return {
    urls: nodes.slice(0, masters).map(({ server }) => server.url),
    async masterOf(key) {
      const slot = Number(await first?.command('CLUSTER', 'KEYSLOT', key));
      const owner = nodes.find((_, index) => slot <= lastSlot(index));
      if (owner === undefined) throw new RangeError(`No master has slot ${slot}`);
      return owner.server;
    },
    stop: async () => {
      await Promise.all(nodes.map(({ stop }) => stop()));
    },
  };
}

type Node = Awaited<ReturnType<typeof startNode>>;

async function startNode(further: readonly string[]) {
  const busPort = await freePort();
  const server = await startRedis({
    arguments: [
      ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
      ...['--cluster-node-timeout', '1000', '--repl-diskless-sync-delay', '0'],
      ...['--appendonly', 'no', '--save', ''],
      ...further,
    ],
  });
  const client = createClient({ url: server.url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    server,
    busPort,
    command: (...words: string[]): Promise<unknown> => client.sendCommand(words),
    stop: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

function isComplete(info: unknown, nodes: number): boolean {
  const text = String(info);
  return text.includes('cluster_state:ok') && text.includes(`cluster_known_nodes:${nodes}\r`);
}
