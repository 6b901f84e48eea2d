import Bull from 'bull';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { openWorld, type RedisClient, type World } from '../support/processes/world.js';

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

describe('a job that anybody may have put on a queue', () => {
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
      .poll(() => queue.getJob(id).then((job) => job?.failedReason))
      .toMatch(/does not name partition 0$/);
    await countsOn();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('may hold more than its partition, which is all that is looked at', async () => {
    await queue.add({ partition: 0, names: ['counter:0'], delta: 1_000_000 });
    await expect.poll(waiting).toBe(0);
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

  const elsewhere = { data: '{"partition":1}' };
  const poisons: [string, Record<string, string>][] = [
    ['the name constructor', { name: 'constructor', data: '{"partition":0}' }],
    ['the name toString', { name: 'toString', data: '{"partition":0}' }],
    ['the name __proto__', { name: '__proto__', data: '{"partition":0}' }],
    ['a name of two megabytes', { name: 'x\n'.repeat(1_000_000), data: '{"partition":0}' }],
    ['options that are null', { ...elsewhere, opts: 'null' }],
    ['a timeout in words', { ...elsewhere, opts: '{"timeout":"abc"}' }],
    [
      'a strategy that there is not',
      { ...elsewhere, opts: '{"attempts":3,"backoff":{"type":"no"}}' },
    ],
    ['attempts without end', { ...elsewhere, opts: '{"attempts":1000000000}' }],
    ['attempts below nothing', { ...elsewhere, attemptsMade: '-1000000000' }],
    ['an age in words', { ...elsewhere, opts: '{"removeOnFail":{"age":"x"}}' }],
    ['a job that makes others', { ...elsewhere, opts: '{"repeat":{"every":1}}' }],
    ['the id of another', { ...elsewhere, id: 'another' }],
    ['progress that is no JSON', { ...elsewhere, progress: INJECTION }],
  ];

  test.each(poisons)('is refused once and for good when it has %s', async (_case, fields) => {
    const before = worker.output.length;
    const key = `fastcounter:{${world.namespace}:0}::bull:PersistCounter0`;
    const id = `poison-${_case}`;
    await addRaw(id, fields);
    const state = async () => ({
      reason: await redis.hGet(`${key}:${id}`, 'failedReason'),
      attempts: await redis.hGet(`${key}:${id}`, 'attemptsMade'),
      isKept: (await redis.zScore(`${key}:failed`, id)) !== null,
      isLocked: await redis.exists(`${key}:${id}:lock`),
      // a counter's own job may be under way
      isActive: (await redis.lRange(`${key}:active`, 0, -1)).includes(id),
      isDelayed: (await queue.getDelayed()).some((job) => job.name !== '__default__'),
    });
    await expect.poll(state).toEqual({
      reason: expect.stringMatching(/does not name partition 0$/) as string,
      attempts: '1',
      isKept: true,
      isLocked: 0,
      isActive: false,
      isDelayed: false,
    });
    expect((await redis.hGet(`${key}:${id}`, 'stacktrace'))?.length).toBeLessThan(10_000);
    await countsOn();
    expect(worker.output.slice(before)).not.toMatch(/queue|forged/i);
  });

  test.each([
    ['options that are null', { opts: 'null' }],
    ['an age in words', { opts: '{"removeOnComplete":{"age":"x"}}' }],
    ['a timeout below nothing', { opts: '{"timeout":-1}' }],
  ])('is done once, and leaves nothing, when it is ours but for %s', async (_case, fields) => {
    const key = `fastcounter:{${world.namespace}:0}::bull:PersistCounter0`;
    await addRaw(`ours-${_case}`, { data: '{"partition":0}', ...fields });
    const left = async () => ({
      keys: await redis.keys(`${key}:ours-*`),
      active: (await redis.lRange(`${key}:active`, 0, -1)).filter((id) => id.startsWith('ours-')),
    });
    await expect.poll(left).toEqual({ keys: [], active: [] });
    await countsOn();
  });

  test('cannot write into the log by its id, nor fill it', async () => {
    const before = worker.output.length;
    for (let i = 0; i < 200; i++) {
      await queue.add({ partition: 'wrong' }, { jobId: `${i}${INJECTION}` });
      if (i % 10 === 0) await countsOn();
    }
    await expect.poll(waiting).toBe(0);
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
