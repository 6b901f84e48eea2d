import Bull from 'bull';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { openWorld, type RedisClient, type World } from '../support/processes/world.js';

const patient = { timeout: 15_000 };
const names = Array.from({ length: 20 }, (_, i) => `counter:${i}`);

let world: World;
let worker: CountingProcess;
let redis: RedisClient;
let queue: Bull.Queue;

beforeAll(async () => {
  world = await openWorld();
  worker = await world.start();
  redis = await world.redis();
  const { hostname, port } = new URL(world.redisUrl);
  queue = new Bull('PersistCounter0', {
    prefix: `fastcounter:{${world.namespace}:0}::bull`,
    redis: { host: hostname, port: Number(port) },
  });
  return async () => {
    await queue.close();
    await world.end();
  };
});

async function countsOn(): Promise<void> {
  const before = await worker.getCounts(names);
  expect((await worker.incr(names)).failed).toEqual({});
  await worker.flush();
  const rows = await Promise.all(names.map(async (name) => (await world.row(name)) ?? 0n));
  expect(rows).toEqual(before.map((value) => value + 1n));
}

const waiting = (): Promise<number> => queue.getWaitingCount();

/** A job as it is in Redis, whatever Bull would have made of it. */
async function addRaw(id: string, fields: Record<string, string>): Promise<void> {
  const key = `fastcounter:{${world.namespace}:0}::bull:PersistCounter0`;
  await redis.hSet(`${key}:${id}`, { name: '__default__', opts: '{}', timestamp: '1', ...fields });
  await redis.lPush(`${key}:wait`, id);
}

const INJECTION = '7\n[Nest] 1  - ERROR [FastCounter] forged\u001b[2J\u2028\u202e';

describe('a job that anybody may have put on a queue', { timeout: 60_000 }, () => {
  const payloads: [string, unknown][] = [
    ['of another partition', { partition: 1 }],
    ['of a partition that there is not', { partition: 1e9 }],
    ['of no partition at all', {}],
    ['of a partition in words', { partition: '0' }],
    ['of a list', [{ partition: 0 }]],
    ['of nothing', null],
    ['that would change every object', JSON.parse('{"__proto__":{"partition":0,"polluted":true}}')],
    ['with a constructor', { constructor: { prototype: { partition: 0, polluted: true } } }],
    ['of five megabytes', { partition: 'x'.repeat(5_000_000) }],
    ['with a name like a command', { partition: '0; DROP TABLE fast_counter' }],
  ];

  test.each(payloads)('fails with a reason, and counting goes on: %s', async (_case, data) => {
    const { id } = await queue.add(data);
    await expect
      .poll(() => queue.getJob(id).then((job) => job?.failedReason), patient)
      .toMatch(/does not name partition 0$/);
    await countsOn();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('may hold more than its partition, which is all that is looked at', async () => {
    await queue.add({ partition: 0, names: ['counter:0'], delta: 1_000_000 });
    await expect.poll(waiting, patient).toBe(0);
    await countsOn();
  });

  test.each([
    ['no JSON', { data: '{"partition":' }],
    ['options that are no JSON', { data: '{"partition":0}', opts: '{' }],
    ['nested too deep', { data: '['.repeat(20_000) + ']'.repeat(20_000) }],
    ['no fields', { data: '' }],
    ['attempts and delays out of range', { data: '{}', opts: '{"attempts":1e99,"delay":-1e99}' }],
  ])('does not stop the counters when it is %s', async (_case, fields) => {
    await addRaw(`raw-${_case}`, fields);
    await countsOn();
  });

  test('cannot write into the log by its id, nor fill it', async () => {
    const before = worker.output.length;
    for (let i = 0; i < 200; i++) {
      await queue.add({ partition: 'wrong' }, { jobId: `${i}${INJECTION}` });
      if (i % 10 === 0) await countsOn();
    }
    await expect.poll(waiting, patient).toBe(0);
    const logged = worker.output.slice(before);
    expect(logged).not.toContain('forged\u001b');
    expect(logged.split('\n').filter((line) => line.includes('[FastCounter] forged'))).toEqual([]);
    expect(logged.split('\n').length).toBeLessThan(10);
  });

  test('leaves the worker as it was', async () => {
    await countsOn();
    expect(worker.output).not.toMatch(/Unhandled|UnhandledPromise/);
  });
});
