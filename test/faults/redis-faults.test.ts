import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectCountedExactly } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { openWorld, type World } from '../support/processes/world.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { expectExactly, mayFail, outageOf } from '../support/told.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);

let server: RedisServer;
let world: World;
let producers: CountingProcess[];
let worker: CountingProcess;

beforeAll(async () => {
  server = await startRedis({
    arguments: ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
  });
  world = await openWorld({ redisUrl: server.url });
  // nobody gives up while Redis is away, so that no outcome is unknown
  const options = { commandTimeout: 1000, acknowledgeTimeout: 60_000 };
  [worker, ...producers] = await Promise.all([
    world.start(options),
    world.start({ ...options, workers: false }),
    world.start({ ...options, workers: false }),
  ]);
  return async () => {
    await world.end();
    await server.stop();
  };
});

beforeEach(async () => {
  for (const producer of producers) await producer.startLoad({ names, times: 5 });
});

/** Ends the load, and finds every increment counted once. */
async function expectNothingLost(): Promise<void> {
  const loads = await Promise.all(producers.map((producer) => producer.stopLoad()));
  for (const { acknowledged, failed } of loads) {
    expect(failed).toEqual({});
    expect(acknowledged).toBeGreaterThan(0);
  }
  await expectCountedExactly(world, worker, names);
  for (const process of [...producers, worker]) {
    expect(process.reported('redisWiped').filter(({ ledgerSeq }) => ledgerSeq !== 0)).toEqual([]);
    expect(process.reported('parked')).toEqual([]);
  }
}

describe('under load, nothing is lost or counted twice', () => {
  test('when Redis is killed and comes back with its append-only file, three times', async () => {
    for (let round = 0; round < 3; round++) {
      await sleep(300);
      await server.kill();
      await sleep(150 * round);
      await server.restart();
    }
    await sleep(200);
    await expectNothingLost();
    await expectExactly(world.processes, {
      ...mayFail('write', 'read', 'persist', 'queue'),
      'outage write': 'some',
      'recovery write': 'some',
      persistFailed: 'may',
      duplicateSkipped: 'may',
    });
  });

  test('when Redis stands still for longer than a command may take', async () => {
    await sleep(200);
    server.pause();
    await sleep(2500);
    server.resume();
    await sleep(200);
    await expectNothingLost();
    await expectExactly(world.processes, {
      ...mayFail('write', 'read', 'persist', 'queue'),
      ...outageOf('write'),
      persistFailed: 'may',
      duplicateSkipped: 'may',
    });
  });

  test('when Redis stands still again and again', async () => {
    for (let round = 0; round < 8; round++) {
      server.pause();
      await sleep(120);
      server.resume();
      await sleep(50);
    }
    await expectNothingLost();
    await expectExactly(world.processes, {});
  });

  test('when Redis forgets its scripts', async () => {
    const redis = await world.redis();
    for (let round = 0; round < 20; round++) {
      await redis.scriptFlush();
      await sleep(20);
    }
    await expectNothingLost();
    // a queue makes sure of its scripts, and then sends them in one transaction: they may be forgotten in between
    await expectExactly(world.processes, mayFail('queue'));
  });

  test('when the memory of Redis is full, and what waited there is persisted', async () => {
    const redis = await world.redis();
    await worker.incr('waiting', { times: 10, options: { updateInterval: 1000 } });
    await redis.configSet('maxmemory', '1');
    await expect.poll(() => world.row('waiting')).toBe(10n);
    expect((await worker.status()).buffer.entries).toBe(0);
    const load = await Promise.all(producers.map((producer) => producer.status()));
    for (const { buffer } of load) expect(buffer.entries).toBe(names.length);
    await redis.configSet('maxmemory', '0');
    await expectNothingLost();
    await expectExactly(world.processes, { ...outageOf('write'), ...mayFail('queue') });
  });

  test('when Redis drops every connection', async () => {
    const redis = await world.redis();
    for (let round = 0; round < 10; round++) {
      await redis.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
      await sleep(60);
    }
    await expectNothingLost();
    await expectExactly(world.processes, {
      ...mayFail('write', 'read', 'persist', 'queue'),
      persistFailed: 'may',
      duplicateSkipped: 'may',
    });
  });
});
