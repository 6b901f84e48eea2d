import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { drain, rowsOf } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { createWorld, type World } from '../support/processes/world.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { expectExactly, mayFail } from '../support/told.js';

const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);
const all = (value: bigint): bigint[] => names.map(() => value);
const later = { updateInterval: 600_000 };
/** The beginning of a command, as a write that was under way leaves it. */
const TORN = 7;

let server: RedisServer;
let world: World;

beforeEach(async () => {
  server = await startRedis({
    arguments: ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
  });
  onTestFinished(() => server.stop());
  world = await createWorld({ redisUrl: server.url });
});

async function increments(): Promise<string> {
  const directory = join(server.directory, 'appendonlydir');
  const [file = ''] = (await readdir(directory)).filter((name) => name.endsWith('.incr.aof'));
  return join(directory, file);
}

async function length(): Promise<number> {
  return (await stat(await increments())).size;
}

/** Redis crashes and finds its append-only file only so long. */
async function cutBack(to: number): Promise<void> {
  await server.kill();
  await truncate(await increments(), to + TORN);
  await server.restart();
}

/** Counts on from these values, exactly, in reads and rows. */
async function expectToGoOn(process: CountingProcess, values: bigint[]): Promise<void> {
  const read = () => process.getCounts(names).catch(String);
  await expect.poll(read).toEqual(values);
  expect((await process.incr(names, { times: 3 })).failed).toEqual({});
  await drain(process);
  const after = values.map((value) => value + 3n);
  expect(await rowsOf(world, names)).toEqual(after);
  expect(await process.getCounts(names)).toEqual(after);
}

describe("when Redis' append-only file is cut back", () => {
  test('behind a flush, the increments since are lost, and that is told', async () => {
    const process = await world.start(later);
    await process.incr(names, { times: 10 });
    await process.flush();
    const kept = await length();
    await process.incr(names, { times: 5 });
    await cutBack(kept);

    await expectToGoOn(process, all(10n));
    const told = process.reported('redisLostWrites').map(({ partition }) => partition);
    expect(told.sort()).toEqual([0, 1, 2, 3, 4]);
    expect(process.output).toContain(`FC-LOST-WRITES ${world.namespace}: Redis lost increments`);
    expect(process.reported('parked')).toEqual([]);
    await expectExactly(
      world.processes,
      {
        redisLostWrites: 'some',
        ...mayFail('write', 'read', 'persist', 'queue'),
        persistFailed: 'may',
      },
      ['FC-LOST-WRITES'],
    );
  });

  test('before a flush, nothing is counted twice, and what was pending then is parked', async () => {
    const process = await world.start(later);
    await process.incr(names, { times: 10 });
    const kept = await length();
    await process.flush();
    await process.incr(names, { times: 5 });
    await process.flush();
    await process.incr(names, { times: 4 });
    await cutBack(kept);

    await drain(process);
    expect(await rowsOf(world, names)).toEqual(all(15n));
    expect(process.reported('parked')).toHaveLength(5);
    expect(process.output).toContain(`FC-PARKED ${world.namespace}: Redis went back in time`);
    const { partitions } = await process.status();
    expect(partitions.map(({ parked }) => parked)).toEqual([1, 1, 1, 1, 1]);
    await expectToGoOn(process, all(15n));
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

  test('between a claim and its acknowledgement, the batch is counted once', async () => {
    const process = await world.start({ signalAt: { point: 'before acknowledge' } });
    // each partition is set up before the file is cut, or it would be one that Redis lost
    await process.flush();
    const ledgers = () => world.query('SELECT 1 FROM fast_counter_ledger WHERE partition >= 0');
    await expect.poll(async () => (await ledgers()).length).toBe(5);
    const incr = process.incr('counter', { times: 10 });
    await process.ended;
    await incr.catch(() => undefined);
    const kept = await length();
    const next = await world.start();
    await drain(next);
    await cutBack(kept);

    await drain(next);
    expect(await world.row('counter')).toBe(10n);
    await expect.poll(() => next.getCount('counter').catch(String)).toBe(10n);
    expect(next.reported('parked')).toEqual([]);
    await expectExactly(world.processes, {
      duplicateSkipped: 'some',
      ...mayFail('write', 'read', 'persist', 'queue'),
      persistFailed: 'may',
    });
  });
});
