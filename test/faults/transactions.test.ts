import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, onTestFinished, test } from 'vitest';
import { buildWithout } from '../random-faults/left-out-rules.js';
import { createDatabase } from '../support/servers/postgres.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { startRedis } from '../support/servers/redis.js';
import { createWorld, type World } from '../support/processes/world.js';

const ROUNDS = 2;

async function worldWithTable(servers: Parameters<typeof createWorld>[0]): Promise<World> {
  const world = await createWorld(servers);
  await world.query('CREATE TABLE committed (one int)');
  await world.query('GRANT INSERT ON committed TO fastcounter');
  return world;
}

/** Rows of the table `committed`, which each transaction writes beside its increment. */
async function committed(world: World): Promise<bigint> {
  const [row] = await world.query<{ number: string | number }>(
    'SELECT count(*) AS number FROM committed',
  );
  return BigInt(row?.number ?? 0);
}

async function expectAsCommitted(world: World): Promise<void> {
  const last = await world.start();
  const waiting = async () => (await last.status()).outbox;
  await expect.poll(waiting).toMatchObject({ waiting: 0, refused: 0 });
  await last.flush();
  const number = await committed(world);
  expect(number).toBeGreaterThan(10n);
  expect(await last.getCount('orders')).toBe(number);
  expect(await world.row('orders')).toBe(number);
}

test.each([
  ['PostgreSQL', () => createDatabase(inject('databaseUrl'))],
  ['MariaDB', () => createMariadbDatabase(inject('mariadbUrl'))],
])(
  'increments of transactions on %s are counted as often as they were committed, whoever is killed',
  async (_, makeDatabase) => {
    const world = await worldWithTable({ databaseUrl: await makeDatabase() });
    await world.start();
    const few = { updateInterval: 50, sweepInterval: 1000 };
    for (let round = 0; round < ROUNDS; round++) {
      const pair = await Promise.all([world.start(few), world.start({ ...few, workers: false })]);
      const before = await committed(world);
      for (const process of pair) await process.startTransactions({ name: 'orders' });
      await expect.poll(() => committed(world)).toBeGreaterThan(before + 5n);
      await sleep(Math.random() * 300);
      await Promise.all(pair.map((process) => process.kill()));
    }
    await expectAsCommitted(world);
  },
);

/** A process is killed when it has counted a row, and before it removes it; another one finds the row. */
async function countedByTwo(program?: string): Promise<bigint | undefined> {
  const world = await createWorld();
  const signalAt = { point: 'before outbox removal' } as const;
  const first = await world.start({ signalAt, workers: false, program });
  await first.countInTransaction({ name: 'orders' }).catch(() => undefined);
  expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' });
  const second = await world.start({ sweepInterval: 1000, program });
  const waiting = async () => (await second.status()).outbox;
  await expect.poll(waiting).toMatchObject({ waiting: 0, refused: 0 });
  return second.getCount('orders');
}

test('an increment of a transaction that was counted by a process which died then counts once', async () => {
  expect(await countedByTwo()).toBe(1n);
  // what is there for that, left out
  const build = await buildWithout('no-outbox-key');
  onTestFinished(() => build.remove());
  expect(await countedByTwo(build.program)).toBe(2n);
});

test('increments of transactions that are committed while Redis is away are counted when it is back', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const world = await worldWithTable({ redisUrl: server.url });
  const process = await world.start({ sweepInterval: 1000 });
  expect(await process.getCount('orders')).toBe(0n);
  server.pause();
  await process.startTransactions({ name: 'orders' });
  await expect.poll(() => committed(world)).toBeGreaterThan(20n);
  await process.stopTransactions();
  server.resume();
  await expectAsCommitted(world);
});
