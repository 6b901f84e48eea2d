import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createWorld, type World } from '../support/processes/world.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

/** How long Redis is away; ten minutes by PRODUCER_MEMORY_SECONDS=600. */
const SECONDS = Number(process.env.PRODUCER_MEMORY_SECONDS ?? 5);
/** V8's heap, in MiB: a process that needs more ends. */
const HEAP = 256;
/** What docs/guarantees.md says, in bytes. */
const MAX_RSS = 512 * 2 ** 20;

const program = fileURLToPath(new URL('producer/producer.mjs', import.meta.url));

interface Tally {
  calls: number;
  acknowledged: number;
  refused: number;
  unknown: number;
}

interface Report {
  peak: { rss: number; heapUsed: number };
  books: Record<'hot' | 'new' | 'waiting' | 'totals' | 'arriving', Tally>;
}

interface Producer {
  url: string;
  ask: (command: string) => Promise<unknown>;
}

async function startProducer(options: object): Promise<Producer> {
  const child = fork(program, [JSON.stringify(options)], {
    execArgv: [`--max-old-space-size=${HEAP}`],
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [{ port }] = (await Promise.race([once(child, 'message'), failure(child)])) as [
    { port: number },
  ];
  let asked = 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    async ask(command) {
      const id = ++asked;
      child.send({ id, command });
      return Promise.race([answerTo(child, id), failure(child)]);
    },
  };
}

async function answerTo(child: ChildProcess, id: number): Promise<unknown> {
  for (;;) {
    const [answer] = (await once(child, 'message')) as [
      { id?: number; result?: unknown; error?: string },
    ];
    if (answer.id !== id) continue;
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result;
  }
}

async function failure(child: ChildProcess): Promise<never> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  throw new Error(`The producer ended: ${code ?? signal ?? ''}`);
}

/** Asks again and again while something lasts; answers how long the answers took, sorted. */
async function probe(url: string, during: Promise<unknown>): Promise<number[]> {
  let over = false;
  const ended = during.finally(() => (over = true));
  const isOver = (): boolean => over;
  const milliseconds: number[] = [];
  while (!isOver()) {
    const begun = performance.now();
    await new Promise((resolve, reject) => {
      get(url, { agent: false }, (response) => response.resume().once('end', resolve)).once(
        'error',
        reject,
      );
    });
    milliseconds.push(performance.now() - begun);
    await sleep(20);
  }
  await ended;
  return milliseconds.sort((a, b) => a - b);
}

const outcome = ({ calls, acknowledged, refused, unknown }: Tally): boolean =>
  calls === acknowledged + refused + unknown;

async function countedLike(world: World, prefix: string): Promise<bigint> {
  const [row] = await world.query<{ sum: string }>(
    'SELECT coalesce(sum(value), 0) AS sum FROM fast_counter WHERE namespace = $1 AND name LIKE $2',
    [world.namespace, `${prefix}%`],
  );
  return BigInt(row?.sum ?? 0);
}

async function endure(server: RedisServer, world: World, producer: Producer): Promise<void> {
  const latencies = await probe(producer.url, sleep(SECONDS * 1000));
  const { books: during } = (await producer.ask('progress')) as Report;
  // those who wait are told, and names beyond the bound are refused
  expect(during.waiting.unknown).toBeGreaterThan(0);
  expect(during.new.refused).toBeGreaterThan(0);
  await server.restart();
  const { peak, books } = (await producer.ask('stop')) as Report;
  await expect
    .poll(() => producer.ask('drain').catch(() => 'not yet'), { timeout: 60_000 })
    .toBeNull();

  expect(peak.rss).toBeLessThan(MAX_RSS);
  for (const [kind, tally] of Object.entries(books)) {
    expect(outcome(tally), `${kind}: ${JSON.stringify(tally)}`).toBe(true);
    // nothing acknowledged is lost; what was kept was delivered, and what was refused was not counted
    const expected = BigInt(tally.acknowledged + tally.unknown);
    expect(await countedLike(world, kind), kind).toBe(expected);
  }
  if (process.env.PRODUCER_MEMORY_SECONDS !== undefined) {
    const at = (share: number): number =>
      Math.round(latencies[Math.floor((latencies.length - 1) * share)] ?? 0);
    console.log(JSON.stringify({ peak, books, http: { p50: at(0.5), p99: at(0.99), max: at(1) } }));
  }
  await producer.ask('close');
}

describe('a producer under full load', { timeout: 120_000 + SECONDS * 1500 }, () => {
  const short = { acknowledgeTimeout: 1500, commandTimeout: 500, maxBufferedNames: 20_000 };

  test.each([
    ['that never had a Redis', false],
    ['that loses its Redis', true],
  ])('%s stays within its memory, answers, and delivers what it kept', async (_case, first) => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const world = await createWorld({ redisUrl: server.url });
    if (!first) await server.kill();
    const { namespace, redisUrl: redis, databaseUrl } = world;
    const options = {
      redis,
      namespace,
      databaseUrl,
      updateInterval: 1000,
      ...(SECONDS < 60 && short),
    };
    const producer = await startProducer(options);
    await producer.ask('start');
    if (first) {
      await sleep(1000);
      await server.kill();
    }
    await endure(server, world, producer);
  });
});
