import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CountingProcess } from '../support/processes/counting-process.js';
import { addsBatch } from '../support/servers/postgres.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { checkRecords } from './checks/check-records.js';
import { drain, keyOf, rowsOf } from './drain.js';
import type { SeenRule } from './left-out-rules.js';
import { PARTITIONS, type Servers } from './stage.js';

/** One that counts and one that persists, each with a way of its own to each server. */
export interface Pair {
  servers: Servers;
  producer: CountingProcess;
  producerRedis: TcpProxy;
  workerRedis: TcpProxy;
  workerPostgres: TcpProxy;
  /** Increments a counter, and writes it down; resolves with the outcome. */
  count: (name: string, updateInterval?: number) => Promise<Record<string, number>>;
  end: () => Promise<void>;
}

const TIMES = 7;
const CLEAR = { swallow: 'nothing' } as const;

export async function startPair(
  servers: Servers,
  redisUrl: string,
  program?: string,
): Promise<Pair> {
  const [producerRedis, workerRedis, workerPostgres] = await Promise.all([
    startTcpProxy(redisUrl),
    startTcpProxy(redisUrl),
    startTcpProxy(servers.databaseUrl),
  ]);
  const { namespace, databaseUrl } = servers;
  const common = { namespace, updateInterval: 100, sweepInterval: 200, acknowledgeTimeout: 60_000 };
  const producer = new CountingProcess(
    { ...common, redis: producerRedis.url, databaseUrl, workers: false },
    program,
  );
  const worker = new CountingProcess(
    { ...common, redis: workerRedis.url, databaseUrl: workerPostgres.url },
    program,
  );
  let calls = 0;
  const end = async (): Promise<void> => {
    await Promise.all([producer.kill(), worker.kill()]);
    await Promise.all([producerRedis, workerRedis, workerPostgres].map((proxy) => proxy.stop()));
  };
  try {
    await Promise.all([producer.ready, worker.ready]);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    servers,
    producer,
    producerRedis,
    workerRedis,
    workerPostgres,
    count: (name, updateInterval) =>
      producer.callRecorded(join(servers.directory, `${++calls}.jsonl`), {
        operations: [{ name, delta: 1, times: TIMES, updateInterval }],
      }),
    end,
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('What the scenario waits for does not come');
    await sleep(10);
  }
}

const untilRow = ({ servers }: Pair, name: string, value: number): Promise<void> =>
  until(async () => (await rowsOf(servers)).get(name) === BigInt(value));

async function keysOf({ servers: { command, namespace } }: Pair, part: string): Promise<string[]> {
  const keys = Array.from({ length: PARTITIONS }, async (_, partition) => {
    return (await command('KEYS', keyOf(namespace, partition, part))) as string[];
  });
  return (await Promise.all(keys)).flat();
}

/** A batch is committed, and its acknowledgement never arrives: it comes again. */
async function lostAcknowledgement(pair: Pair): Promise<void> {
  const { count, workerRedis, workerPostgres } = pair;
  await count('batch');
  await untilRow(pair, 'batch', TIMES);
  // a batch of plain increments is a statement by itself; transactions that commit meanwhile are of others
  workerPostgres.observe((chunk, direction) => {
    if (direction === 'toServer' && addsBatch(chunk)) workerRedis.set({ swallow: 'both' });
  });
  await count('batch');
  await untilRow(pair, 'batch', 2 * TIMES);
  workerPostgres.observe();
  workerRedis.set(CLEAR);
  workerRedis.cut();
}

/** A call is applied, and its answer never arrives: it is sent again. */
async function lostAnswer(pair: Pair): Promise<void> {
  const { count, producerRedis } = pair;
  await count('call');
  producerRedis.set({ swallow: 'toClient' });
  const counted = count('call');
  await untilRow(pair, 'call', 2 * TIMES);
  producerRedis.set(CLEAR);
  producerRedis.cut();
  await counted;
}

/** What should have persisted an increment is gone. */
async function lostJob(pair: Pair): Promise<void> {
  const { count, servers } = pair;
  await count('job', 1000);
  await until(async () => (await keysOf(pair, 'bull:*:delayed')).length > 0);
  await servers.command('DEL', ...(await keysOf(pair, 'bull*')));
}

/** A call is applied and persisted, its answer lost, and Redis forgets that there was such a call. */
async function lostMemory(pair: Pair): Promise<void> {
  const { count, producerRedis, servers } = pair;
  await count('memory');
  await untilRow(pair, 'memory', TIMES);
  producerRedis.set({ swallow: 'toClient' });
  const counted = count('memory');
  await untilRow(pair, 'memory', 2 * TIMES);
  await servers.command('DEL', ...(await keysOf(pair, '*')));
  // the worker sets all up anew
  await until(async () => (await keysOf(pair, 'state')).length === PARTITIONS);
  producerRedis.set(CLEAR);
  producerRedis.cut();
  await counted;
}

/** What shows at once that a rule is left out. */
export const SCENARIOS: Readonly<Record<SeenRule, (pair: Pair) => Promise<void>>> = {
  'no-ledger': lostAcknowledgement,
  'no-producer-dedupe': lostAnswer,
  'no-sweeper': lostJob,
  'no-generation-check': lostMemory,
};

/** What is wrong once everything had the time to drain. */
export async function violationsOf({ servers }: Pair, patience: number): Promise<string[]> {
  const { left } = await drain(servers, patience);
  const { violations } = await checkRecords(servers.directory, await rowsOf(servers));
  return [...left, ...violations];
}
