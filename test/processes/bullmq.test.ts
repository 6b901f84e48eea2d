import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectCounted, expectCountedExactly } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { createWorld } from '../support/processes/world.js';
import { startRedis } from '../support/servers/redis.js';
import { expectExactly, mayFail } from '../support/told.js';

const KILLS = 4;
const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);
const queue = { driver: 'bullmq' } as const;

/** Somewhere between a claim and its acknowledgement, with luck. */
const aMoment = (): Promise<void> => sleep(Math.random() * 30);

async function persists(worker: CountingProcess): Promise<void> {
  const before = worker.reported('persisted').length;
  await expect
    .poll(() => worker.reported('persisted').length, { interval: 5 })
    .toBeGreaterThan(before + 2);
}

describe('processes with BullMQ', () => {
  test('that are killed while they persist lose nothing and count nothing twice', async () => {
    const world = await createWorld();
    const producer = await world.start({ queue, workers: false, updateInterval: 0 });
    await producer.startLoad({ names, times: 3 });
    let next = world.start({ queue });
    for (let kill = 0; kill < KILLS; kill++) {
      const worker = await next;
      if (kill < KILLS - 1) next = world.start({ queue });
      await persists(worker);
      await aMoment();
      await worker.kill();
    }
    expect((await producer.stopLoad()).failed).toEqual({});
    await expectCountedExactly(world, await world.start({ queue }), names);
    await expectExactly(world.processes, { duplicateSkipped: 'may' });
  });

  test('that are stopped beyond the lock of their job, and continued, count nothing twice', async () => {
    const world = await createWorld();
    const short = { ...queue, settings: { lockDuration: 300, stalledInterval: 300 } };
    const [producer, stopped, other] = await Promise.all([
      world.start({ queue, workers: false, updateInterval: 0 }),
      world.start({ queue: short }),
      world.start({ queue: short }),
    ]);
    await producer.startLoad({ names, times: 3 });
    for (let stop = 0; stop < 3; stop++) {
      await persists(stopped);
      await aMoment();
      stopped.signal('SIGSTOP');
      await sleep(900);
      await persists(other);
      stopped.signal('SIGCONT');
    }
    expect((await producer.stopLoad()).failed).toEqual({});
    await expectCountedExactly(world, other, names);
    await expectExactly(world.processes, {
      duplicateSkipped: 'may',
      ...mayFail('write', 'persist', 'queue'),
      persistFailed: 'may',
    });
  });

  test('end by themselves when they are told to, whether Redis answers or is gone', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const world = await createWorld({ redisUrl: redis.url });
    const processes = await Promise.all(
      [0, 1].map(() => world.start({ queue, shutdownTimeout: 2000 })),
    );
    const [first, second] = processes as [CountingProcess, CountingProcess];
    for (const process of processes) {
      expect((await process.incr(names)).failed).toEqual({});
      await process.flush();
    }
    const ended = { code: 0, signal: null };
    expect(await first.close(), first.output).toEqual(ended);
    await redis.kill();
    expect(await second.close(), second.output).toEqual(ended);
    for (const { output } of processes) expect(output).not.toMatch(/unhandled/i);
  });

  test('end within their time under load while Redis stands still, and nothing is lost when it goes on', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const world = await createWorld({ redisUrl: redis.url });
    const short = { queue, shutdownTimeout: 2000, commandTimeout: 500 };
    for (let round = 0; round < 3; round++) {
      const ending = await Promise.all([
        world.start(short),
        world.start({ ...short, workers: false }),
      ]);
      await Promise.all(ending.map((process) => process.startLoad({ names, times: 3, pause: 5 })));
      await persists(ending[0]);
      await aMoment();
      redis.pause();
      const begun = performance.now();
      for (const process of ending) process.signal('SIGTERM');
      for (const process of ending) {
        expect(await process.ended, process.output).toEqual({ code: null, signal: 'SIGTERM' });
        expect(process.output).not.toMatch(/unhandled/i);
      }
      // a machine that is busy adds to each timer, but not another deadline
      expect(performance.now() - begun).toBeLessThan(2 * short.shutdownTimeout);
      redis.resume();
    }
    // of the last calls of each nobody was told
    await expectCounted(world, await world.start({ queue }), names);
  });
});
