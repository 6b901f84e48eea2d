import { expect, inject, onTestFinished, test } from 'vitest';
import { buildWithout } from '../random-faults/left-out-rules.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import type { Point } from '../support/processes/protocol.js';
import { createWorld, type World } from '../support/processes/world.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';
import { startRedis } from '../support/servers/redis.js';

const sweeping = { sweepInterval: 1000 };
const move = { from: 'old', to: 'new' };

/** Begins to rename, and is killed when it passes the point. */
async function renameUntil(point: Point, world: World, program?: string): Promise<void> {
  const process = await world.start({ ...sweeping, signalAt: { point }, program });
  await process.rename(move).catch(() => undefined);
  expect(await process.ended, point).toEqual({ code: null, signal: 'SIGKILL' });
}

async function expectMoved(world: World, by: CountingProcess, total: bigint): Promise<void> {
  await by.rename(move);
  expect(await by.getCounts(['old', 'new'])).toEqual([0n, total]);
  expect(await world.row('new')).toBe(total);
  expect(await world.row('old')).toBeUndefined();
  expect((await by.status()).outbox).toMatchObject({ waiting: 0, refused: 0 });
}

test.each([
  [
    'PostgreSQL',
    () => createDatabase(inject('databaseUrl')),
    ['before commit', 'after commit', 'after add', 'before outbox removal'],
  ],
  [
    'MariaDB',
    () => createMariadbDatabase(inject('mariadbUrl')),
    ['after claim', 'after acknowledge'],
  ],
] satisfies [string, () => Promise<string>, Point[]][])(
  'a counter whose renaming is killed at any point, on %s, is there once',
  async (_, makeDatabase, points) => {
    const world = await createWorld({ databaseUrl: await makeDatabase() });
    // nothing is due before it is renamed
    const producer = await world.start({ workers: false, updateInterval: 600_000 });
    let total = 0n;
    for (const point of points) {
      await producer.incr('old', { times: 10 });
      total += 10n;
      await renameUntil(point, world);
      const worker = await world.start(sweeping);
      await expectMoved(world, worker, total);
      if (point === points.at(-1)) return;
      await worker.rename({ from: 'new', to: 'old' });
      await worker.kill();
    }
  },
);

test('a counter that is renamed while Redis loses all of its memory keeps what was persisted', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const world = await createWorld({ redisUrl: server.url });
  const first = await world.start();
  await first.incr('old', { times: 50 });
  await first.flush();
  await first.kill();
  // its row is in the outbox, and counted nowhere yet
  await renameUntil('after commit', world);
  await (await world.redis()).flushAll();
  const last = await world.start(sweeping);
  await expect.poll(() => last.getCounts(['old', 'new'])).toEqual([0n, 50n]);
  await last.flush();
  await expectMoved(world, last, 50n);
});

test('a counter whose total is in Redis alone, and in the outbox, when Redis loses all of its memory, is not lost', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const world = await createWorld({ redisUrl: server.url });
  const first = await world.start();
  await first.incr('old', { times: 50 });
  await first.flush();
  await first.kill();
  // the first batch takes the row of the old name, the second one would persist it under the new one
  const worker = await world.start({ signalAt: { point: 'after claim', time: 2 } });
  const renaming = await world.start({ workers: false });
  const renamed = renaming.rename(move).catch(() => undefined);
  expect(await worker.ended).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await world.row('new')).toBeUndefined();
  await (await world.redis()).flushAll();
  await renamed;
  const last = await world.start();
  await expect.poll(async () => (await last.status()).outbox).toMatchObject({ refused: 1 });
  // as the row says: an operator has looked at the counter
  expect(await last.getCounts(['old', 'new'])).toEqual([0n, 0n]);
  await world.query(`UPDATE fast_counter_outbox SET refused = '', taken_by = ''`);
  await expect.poll(() => last.getCounts(['old', 'new'])).toEqual([0n, 50n]);
  await expect.poll(async () => (await last.status()).outbox).toMatchObject({ refused: 0 });
  await expectMoved(world, last, 50n);
});

test('a counter that is renamed in two steps is lost between them', async () => {
  const build = await buildWithout('rename-in-two-steps');
  onTestFinished(() => build.remove());
  const world = await createWorld();
  // nothing is due before it is renamed
  const producer = await world.start({ workers: false, updateInterval: 600_000 });
  await producer.incr('old', { times: 10 });
  await renameUntil('after commit', world, build.program);
  const worker = await world.start(sweeping);
  await worker.rename(move);
  expect(await worker.getCounts(['old', 'new'])).toEqual([0n, 0n]);
});
