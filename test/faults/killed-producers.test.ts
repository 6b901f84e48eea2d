import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectCounted } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { createWorld, type World } from '../support/processes/world.js';
import { startRedis } from '../support/servers/redis.js';
import { expectExactly } from '../support/told.js';

const ROUNDS = 2;
const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);

/** A moment under a load that gets answers; on a busy machine the first takes longer than the moment. */
async function aMomentOfLoad(world: World, processes: readonly CountingProcess[]): Promise<void> {
  const acknowledged = () =>
    Promise.all(names.map(async (name) => (await world.tally(name)).acknowledged));
  const before = await acknowledged();
  for (const process of processes) await process.startLoad({ names, times: 5 });
  const isUnderWay = async () => (await acknowledged()).every((it, i) => it > (before[i] ?? 0n));
  await expect.poll(isUnderWay).toBe(true);
  await sleep(Math.random() * 200);
}

describe('producers that are killed', () => {
  test('have every acknowledged increment counted, and none twice', async () => {
    const world = await createWorld();
    const producer = { workers: false, updateInterval: 20 };
    const worker = await world.start();
    for (let round = 0; round < ROUNDS; round++) {
      const pair = await Promise.all([world.start(producer), world.start(producer)]);
      await aMomentOfLoad(world, pair);
      await Promise.all(pair.map((process) => process.kill()));
    }
    await expectCounted(world, worker, names);
    await expectExactly(world.processes, {});
  });

  test('together with the workers have every acknowledged increment counted', async () => {
    const world = await createWorld();
    for (let round = 0; round < ROUNDS; round++) {
      const pair = await Promise.all([
        world.start({ updateInterval: 0 }),
        world.start({ updateInterval: 0 }),
      ]);
      await aMomentOfLoad(world, pair);
      await Promise.all(pair.map((process) => process.kill()));
    }
    await expectCounted(world, await world.start(), names);
    // where one was killed between its commit and its acknowledgement
    await expectExactly(world.processes, { duplicateSkipped: 'may' });
  });

  test('while Redis stood still were told nothing that is not so', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const world = await createWorld({ redisUrl: server.url });
    const process = await world.start({
      workers: false,
      acknowledgeTimeout: 2000,
      // no call is given up before the process is killed
      commandTimeout: 60_000,
    });
    // on a busy machine the first may take longer
    let attempts = 0;
    const first = async (): Promise<number> => {
      attempts++;
      return (await process.incr('before')).acknowledged;
    };
    await expect.poll(first).toBe(1);
    server.pause();
    const { acknowledged } = await process.incr('during', { times: 50 });
    expect(acknowledged).toBe(0);
    await process.kill();
    server.resume();

    const other = await world.start();
    await other.flush();
    expect(await world.row('before')).toBeGreaterThanOrEqual(1);
    expect(await world.row('before')).toBeLessThanOrEqual(attempts);
    // sent before the kill, or not
    const counted = await other.getCount('during');
    expect([0n, 50n]).toContain(counted);
    expect((await world.row('during')) ?? 0n).toBe(counted);
    await expectExactly(world.processes, { outcomeUnknown: 'some' });
  });

  test('by their own crash right after an answer lose nothing of what was answered', async () => {
    const world = await createWorld();
    const process = await world.start({ workers: false, updateInterval: 600_000 });
    expect(await process.incr('answered', { times: 100 })).toEqual({
      acknowledged: 100,
      failed: {},
    });
    expect(await process.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    const other = await world.start();
    expect(await other.getCount('answered')).toBe(100n);
    await other.flush();
    expect(await world.row('answered')).toBe(100n);
    await expectExactly(world.processes, {});
  });
});
