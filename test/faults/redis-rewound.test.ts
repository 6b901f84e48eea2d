import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { drain, rowsOf } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { createWorld, type World } from '../support/processes/world.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { expectExactly, mayFail } from '../support/told.js';

const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);
const later = { updateInterval: 600_000 };

let server: RedisServer;
let world: World;

beforeEach(async () => {
  // nothing is kept but the snapshot that the test takes
  server = await startRedis({ arguments: ['--appendonly', 'no', '--save', ''] });
  onTestFinished(() => server.stop());
  world = await createWorld({ redisUrl: server.url });
});

async function takeSnapshot(): Promise<void> {
  await (await world.redis()).sendCommand(['SAVE']);
}

/** Redis crashes and comes back as it was at the snapshot. */
async function rewind(): Promise<void> {
  await server.kill();
  await server.restart();
}

async function expectReads(process: CountingProcess, values: bigint[]): Promise<void> {
  await expect.poll(() => process.getCounts(names).catch(String)).toEqual(values);
}

/** Counts on from these values, exactly, in reads and rows. */
async function expectToGoOn(process: CountingProcess, values: bigint[]): Promise<void> {
  expect(await process.incr(names, { times: 3 })).toMatchObject({ failed: {} });
  const after = values.map((value) => value + 3n);
  expect(await process.getCounts(names)).toEqual(after);
  await process.flush();
  expect(await rowsOf(world, names)).toEqual(after);
  expect(await process.getCounts(names)).toEqual(after);
}

describe('when Redis goes back in time', () => {
  test('what it held and the table has by now is parked, not counted twice', async () => {
    const process = await world.start(later);
    await process.incr(names, { times: 10 });
    await takeSnapshot();
    await process.flush();
    await process.incr(names, { times: 5 });
    await process.flush();
    const rows = names.map(() => 15n);
    expect(await rowsOf(world, names)).toEqual(rows);

    await rewind();
    await drain(process);
    expect(await rowsOf(world, names)).toEqual(rows);
    const parked = process.reported('parked').map(({ partition }) => partition);
    expect(parked.sort()).toEqual([0, 1, 2, 3, 4]);
    await expectReads(process, rows);
    await expectToGoOn(process, rows);
    await expectExactly(
      world.processes,
      {
        parked: 'some',
        redisWentBack: 'may',
        ...mayFail('write', 'read', 'persist', 'queue'),
        persistFailed: 'may',
      },
      ['FC-PARKED'],
    );
  });

  test('and nothing is pending, counters that are not cached are read from the table', async () => {
    const process = await world.start(later);
    // a counter of each partition: Redis goes back to where it had begun to count
    await process.incr(names.map((name) => `other ${name}`));
    await process.flush();
    await takeSnapshot();
    await process.incr(names, { times: 10 });
    await process.flush();
    await process.incr(names, { times: 5 });
    await process.flush();

    await rewind();
    const rows = names.map(() => 15n);
    await expectReads(process, rows);
    expect(process.reported('redisWentBack').length).toBeGreaterThan(0);
    await expectToGoOn(process, rows);
    await expectExactly(world.processes, {
      redisWentBack: 'some',
      ...mayFail('write', 'read', 'persist', 'queue'),
      persistFailed: 'may',
    });
  });

  test('and nothing is pending, cached values do not hide what was persisted since', async () => {
    const process = await world.start(later);
    await process.incr(names, { times: 10 });
    await process.flush();
    expect(await process.getCounts(names)).toEqual(names.map(() => 10n));
    await takeSnapshot();
    await process.incr(names, { times: 5 });
    await process.flush();

    await rewind();
    const rows = names.map(() => 15n);
    await expectReads(process, rows);
    await expectToGoOn(process, rows);
    await expectExactly(world.processes, {
      redisWentBack: 'some',
      ...mayFail('write', 'read', 'persist', 'queue'),
      persistFailed: 'may',
    });
  });

  test('under load, nothing is counted twice, and counting goes on', async () => {
    const [worker, producer] = await Promise.all([
      world.start({ updateInterval: 50 }),
      world.start({ workers: false, updateInterval: 50, acknowledgeTimeout: 60_000 }),
    ]);
    await producer.startLoad({ names, times: 3 });
    // a partition that is not in the snapshot is found empty, not gone back
    await expect
      .poll(async () => Math.min(...(await rowsOf(world, names)).map(Number)))
      .toBeGreaterThan(0);
    for (let round = 0; round < 3; round++) {
      await sleep(200);
      await takeSnapshot();
      await sleep(400);
      const before = await rowsOf(world, names);
      await rewind();
      await expect.poll(() => worker.reported('parked').length).toBeGreaterThan(round);
      const after = await rowsOf(world, names);
      after.forEach((row, i) => expect(row).toBeGreaterThanOrEqual(before[i] ?? 0n));
    }
    await producer.stopLoad();
    await drain(worker);
    const rows = await rowsOf(world, names);
    for (const [i, name] of names.entries()) {
      expect(rows[i]).toBeLessThanOrEqual((await world.tally(name)).atMost);
    }
    await expectReads(producer, rows);
    await expectToGoOn(worker, rows);
    const isLost = [worker, producer].some((it) => it.reported('redisLostWrites').length > 0);
    await expectExactly(
      world.processes,
      {
        ...{ parked: 'some', redisWentBack: 'may' },
        // of partitions of which no batch was persisted since the snapshot
        redisLostWrites: 'may',
        outcomeUnknown: 'may',
        ...mayFail('write', 'read', 'persist', 'queue'),
        persistFailed: 'may',
        duplicateSkipped: 'may',
      },
      ['FC-PARKED', ...(isLost ? (['FC-LOST-WRITES'] as const) : [])],
    );
  });
});
