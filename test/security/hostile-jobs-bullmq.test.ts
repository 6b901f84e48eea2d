import { Queue } from 'bullmq';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { openWorld, type RedisClient, type World } from '../support/processes/world.js';

const names = Array.from({ length: 20 }, (_, i) => `counter:${i}`);

let world: World;
let worker: CountingProcess;
let redis: RedisClient;
let queue: Queue;

beforeAll(async () => {
  world = await openWorld();
  worker = await world.start({ queue: { driver: 'bullmq' } });
  redis = await world.redis();
  const { hostname, port, username, password } = new URL(world.redisUrl);
  queue = new Queue('PersistCounter0', {
    prefix: `fastcounter:{${world.namespace}:0}::bullmq`,
    connection: { host: hostname, port: Number(port), username, password },
  });
  return async () => {
    await queue.close();
    await world.end();
  };
});

const key = (part: string): string =>
  `fastcounter:{${world.namespace}:0}::bullmq:PersistCounter0:${part}`;

async function countsOn(): Promise<void> {
  const before = await worker.getCounts(names);
  expect((await worker.incr(names)).failed).toEqual({});
  await worker.flush();
  const rows = await Promise.all(names.map(async (name) => (await world.row(name)) ?? 0n));
  expect(rows).toEqual(before.map((value) => value + 1n));
}

/** A job as it is in Redis, whatever BullMQ would have made of it. */
async function addRaw(id: string, fields: Record<string, string>): Promise<void> {
  await redis.hSet(key(id), { name: 'any', opts: '{}', timestamp: '1', ...fields });
  await redis.lPush(key('wait'), id);
  await redis.zAdd(key('marker'), { score: 0, value: '0' });
}

const elsewhere = { data: '{"partition":1}' };
const INJECTION = '7\n[Nest] 1  - ERROR [FastCounter] forged\u001b[2J\u2028\u202e';

describe('a job that anybody may have put on a queue of BullMQ', () => {
  const poisons: [string, Record<string, string>][] = [
    ['another partition', elsewhere],
    ['data that are no JSON', { data: '{"partition":' }],
    ['data that would change every object', { data: '{"__proto__":{"partition":0,"polluted":1}}' }],
    ['options that are no JSON', { ...elsewhere, opts: '{' }],
    ['options that are null', { ...elsewhere, opts: 'null' }],
    ['attempts without end', { ...elsewhere, opts: '{"attempts":1000000000}' }],
    ['attempts below nothing', { ...elsewhere, atm: '-1000000000' }],
    ['a pause that there is not', { ...elsewhere, opts: '{"attempts":3,"backoff":{"type":"no"}}' }],
    ['an age in words', { ...elsewhere, opts: '{"removeOnFail":{"age":"x"}}' }],
    ['a job that makes others', { ...elsewhere, rjk: 'repeat:1', opts: '{"repeat":{"every":1}}' }],
    ['the id of another', { ...elsewhere, id: 'another' }],
    ['progress that is no JSON', { ...elsewhere, progress: INJECTION }],
    ['parents that are no JSON', { ...elsewhere, parent: '{' }],
    ['a stack that is no JSON', { ...elsewhere, stacktrace: '[' }],
    ['a name of two megabytes', { ...elsewhere, name: 'x\n'.repeat(1_000_000) }],
  ];

  test.each(poisons)('is refused once and for good when it has %s', async (name, fields) => {
    const before = worker.output.length;
    const id = `poison-${name}`;
    await addRaw(id, fields);
    const state = async () => ({
      reason: await redis.hGet(key(id), 'failedReason'),
      isKept: (await redis.zScore(key('failed'), id)) !== null,
      isLocked: await redis.exists(key(`${id}:lock`)),
      // a counter's own job may be under way
      isActive: (await redis.lRange(key('active'), 0, -1)).includes(id),
      delayed: (await queue.getDelayed()).filter((job) => job.name !== 'persist').length,
    });
    await expect.poll(state).toEqual({
      reason: expect.stringMatching(/does not name partition 0$/) as string,
      isKept: true,
      isLocked: 0,
      isActive: false,
      delayed: 0,
    });
    await countsOn();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(worker.output.slice(before)).not.toMatch(/queue|forged/i);
  });

  test.each([
    ['options that are null', { opts: 'null' }],
    ['an age in words', { opts: '{"removeOnComplete":{"age":"x"}}' }],
    ['no options', { opts: '' }],
  ])('is done once, and leaves nothing, when it is ours but for %s', async (name, fields) => {
    await addRaw(`ours-${name}`, { data: '{"partition":0}', ...fields });
    const left = async () => ({
      waiting: (await redis.lRange(key('wait'), 0, -1)).filter((id) => id.startsWith('ours-')),
      active: (await redis.lRange(key('active'), 0, -1)).filter((id) => id.startsWith('ours-')),
    });
    await expect.poll(left).toEqual({ waiting: [], active: [] });
    await countsOn();
  });

  test('leaves the worker as it was', async () => {
    await countsOn();
    expect(worker.output).not.toMatch(/Unhandled|UnhandledPromise/);
  });
});
