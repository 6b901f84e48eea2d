import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { partitioner } from '../../lib/words/partitioner.js';
import { drain, expectCountedExactly } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import type { Point } from '../support/processes/protocol.js';
import { createWorld, type World } from '../support/processes/world.js';
import { type MariadbServer, startMariadb } from '../support/servers/mariadb.js';
import { mountSmallDisk } from '../support/servers/small-disk.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { expectExactly, mayFail, outageOf } from '../support/told.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);
const killed = { code: null, signal: 'SIGKILL' };
const { MATRIX_SERVER } = process.env;
const IN_MATRIX = MATRIX_SERVER !== undefined;
const IS_MYSQL = MATRIX_SERVER?.startsWith('MySQL') === true;
/** What commits a batch: of MariaDB one statement, which has the commit inside. */
const COMMIT = IS_MYSQL ? 'COMMIT' : 'BEGIN NOT ATOMIC';
const DEADLOCKS = IS_MYSQL
  ? `SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'`
  : `SELECT variable_value AS count FROM information_schema.global_status WHERE variable_name = 'Innodb_deadlocks'`;

let server: MariadbServer;

beforeAll(async () => {
  server = await startMariadb();
  return () => server.stop();
});

const onMariadb = async (): Promise<World> =>
  createWorld({ databaseUrl: await server.createDatabase() });

async function underLoad(world: World, databaseUrl = world.databaseUrl) {
  const [worker, producer] = await Promise.all([
    world.start({ updateInterval: 20, databaseUrl, databaseTimeout: 2000 }),
    world.start({ updateInterval: 20, workers: false }),
  ]);
  await producer.startLoad({ names, times: 5 });
  await progress(world);
  return { worker, producer };
}

/** What is counted now arrives. */
async function progress(world: World): Promise<void> {
  const { acknowledged } = await world.tally('counter:0');
  await expect.poll(() => world.row('counter:0')).toBeGreaterThan(acknowledged);
}

async function expectNothingLost(
  world: World,
  producer: CountingProcess,
  worker: CountingProcess,
): Promise<void> {
  expect((await producer.stopLoad()).failed).toEqual({});
  await expectCountedExactly(world, worker, names);
}

/** By the owner, who may do everything. */
async function asOwner(url = server.url): Promise<mysql.Connection> {
  const client = await mysql.createConnection(url);
  onTestFinished(() => client.end());
  return client;
}

/** Those that take long run in the matrix: there the same happens on several versions. */
const inMatrix = test.runIf(IN_MATRIX);

/** On MySQL too, in the matrix. */
describe('on MariaDB, under load, nothing is lost or counted twice', () => {
  inMatrix('when workers are killed while they persist', async () => {
    const world = await onMariadb();
    const producer = await world.start({ workers: false, updateInterval: 0 });
    await producer.startLoad({ names, times: 3 });
    let next = world.start();
    for (let kill = 0; kill < 3; kill++) {
      const worker = await next;
      next = world.start();
      await progress(world);
      await sleep(Math.random() * 30);
      await worker.kill();
    }
    await expectNothingLost(world, producer, await next);
    await expectExactly(world.processes, { duplicateSkipped: 'may' });
  });

  inMatrix.each<[Point, boolean]>([
    ['before commit', false],
    ['after commit', true],
  ])('when a worker dies %s', async (point, isThere) => {
    const world = await onMariadb();
    const [dying, survivor] = await Promise.all([
      world.start({ signalAt: { point } }),
      world.start({ workers: false, updateInterval: 0 }),
    ]);
    await survivor.incr(point, { times: 10 });
    expect(await dying.ended).toEqual(killed);
    expect(await world.row(point)).toBe(isThere ? 10n : undefined);
    const heir = await world.start();
    await expect.poll(() => world.row(point)).toBe(10n);
    expect(await heir.getCounts([point])).toEqual([10n]);
    await expectExactly(world.processes, { duplicateSkipped: isThere ? 'some' : 'may' });
  });

  inMatrix('when the server ends the connections of those who persist', async () => {
    const world = await onMariadb();
    const { worker, producer } = await underLoad(world);
    const owner = await asOwner();
    const isFelt = (): boolean => worker.reported('persistFailed').length > 0;
    for (let round = 0; round < 30 || !isFelt(); round++) {
      const [threads] = await owner.query(
        `SELECT id FROM information_schema.processlist WHERE user = 'fastcounter'`,
      );
      for (const { id } of threads as { id: number }[]) {
        // it may have ended by itself
        await owner.query(`KILL ${id}`).catch(() => undefined);
      }
      await sleep(30);
    }
    await expectNothingLost(world, producer, worker);
    await expectExactly(world.processes, {
      persistFailed: 'some',
      duplicateSkipped: 'may',
      ...mayFail('persist', 'read'),
    });
  });

  test('when the server crashes and stays away for a while', async () => {
    const world = await onMariadb();
    const { worker, producer } = await underLoad(world);
    await server.kill();
    await sleep(1500);
    await server.restart();
    await progress(world);
    await expectNothingLost(world, producer, worker);
    await expectExactly(world.processes, {
      ...outageOf('persist'),
      ...mayFail('read'),
      persistFailed: 'some',
      duplicateSkipped: 'may',
    });
  });

  test('when the server stands still', async () => {
    const world = await onMariadb();
    const { worker, producer } = await underLoad(world);
    server.freeze();
    await expect
      .poll(() => worker.reported('outage').filter(({ of }) => of === 'persist'))
      .toHaveLength(1);
    server.thaw();
    await progress(world);
    await expectNothingLost(world, producer, worker);
    await expectExactly(world.processes, {
      ...outageOf('persist'),
      ...mayFail('read'),
      persistFailed: 'some',
      duplicateSkipped: 'may',
    });
  });

  test('when the server ends a deadlock at the expense of a worker', async () => {
    const url = await server.createDatabase();
    const world = await createWorld({ databaseUrl: url });
    const partitionOf = partitioner(5);
    const [first = '', second = ''] = names.filter((name) => partitionOf(name) === 0);
    const worker = await world.start({ databaseTimeout: 60_000 });
    await worker.incr([first, second]);
    await worker.flush();
    const foreign = await asOwner(url);
    const lock = (name: string) =>
      foreign.query('SELECT value FROM fast_counter WHERE namespace = ? AND name = ? FOR UPDATE', [
        world.namespace,
        name,
      ]);
    await foreign.query('CREATE TABLE heavy (id int PRIMARY KEY)');
    await foreign.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    await foreign.query('BEGIN');
    // the server rolls back the transaction that has changed less
    await foreign.query(
      'INSERT INTO heavy WITH RECURSIVE seq (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM seq WHERE n < 900) SELECT n FROM seq',
    );
    await lock(second);
    await worker.incr([first, second], { times: 2 });
    const waiting = () =>
      world.query(`SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'`);
    await expect.poll(waiting).toHaveLength(1);
    await lock(first);
    await foreign.query('COMMIT');
    await drain(worker);
    expect([await world.row(first), await world.row(second)]).toEqual([3n, 3n]);
    const [[deadlocks]] = (await foreign.query(DEADLOCKS)) as unknown as [object[]];
    expect(Number(Object.values(deadlocks ?? {})[0])).toBeGreaterThan(0);
    // repeated at once, not left to the next job
    await expectExactly(world.processes, {});
  });

  test('when the server is read-only for a while', async () => {
    const world = await onMariadb();
    const { worker, producer } = await underLoad(world);
    const owner = await asOwner();
    await owner.query('SET GLOBAL read_only = ON');
    const failures = () => worker.reported('persistFailed').map(({ error }) => String(error));
    await expect.poll(failures).toContainEqual(expect.stringMatching(/read.only/));
    await owner.query('SET GLOBAL read_only = OFF');
    await progress(world);
    await expectNothingLost(world, producer, worker);
    await expectExactly(world.processes, { ...outageOf('persist'), persistFailed: 'some' });
  });

  test('when a batch is committed, and its answer is lost', async () => {
    const world = await onMariadb();
    const proxy = await startTcpProxy(world.databaseUrl);
    onTestFinished(() => proxy.stop());
    const { worker, producer } = await underLoad(world, proxy.url);
    let harmed = 0;
    proxy.observe((chunk, direction, connection) => {
      if (direction !== 'toServer' || harmed === 10 || !chunk.includes(COMMIT)) return;
      harmed++;
      connection.set({ swallow: 'toClient' });
      setTimeout(() => connection.cut(), 50);
    });
    await expect.poll(() => harmed).toBe(10);
    proxy.observe();
    await progress(world);
    await expectNothingLost(world, producer, worker);
    await expectExactly(world.processes, {
      duplicateSkipped: 'some',
      persistFailed: 'some',
      ...mayFail('persist', 'read'),
    });
  });

  test('when its disk is full', async () => {
    const world = await onMariadb();
    const disk = await onSmallDisk(world);
    const long = Array.from({ length: 1000 }, (_, i) => `${'long-'.repeat(36)}${i}`);
    const process = await world.start({ flushTimeout: 1500 });
    await process.incr('before', { times: 10 });
    await process.flush();
    await disk.fill();
    expect(await process.incr(long)).toEqual({ acknowledged: 1000, failed: {} });
    await expect(process.flush()).rejects.toMatchObject({ code: 'FLUSH_TIMEOUT' });
    const reasons = process.reported('persistFailed').map(({ error }) => error);
    expect(reasons).toContainEqual(expect.stringMatching(/is full/));
    expect(await process.getCounts(['before', ...long.slice(0, 2)])).toEqual([10n, 1n, 1n]);
    await disk.free();
    await drain(process);
    const [sum] = await world.query(
      `SELECT CAST(sum(value) AS CHAR) AS sum FROM fast_counter WHERE name LIKE 'long-%'`,
    );
    expect(sum).toEqual({ sum: '1000' });
    await expectExactly(world.processes, { ...outageOf('persist'), persistFailed: 'some' });
  });
});

interface Disk {
  fill: () => Promise<unknown>;
  free: () => Promise<unknown>;
}

/** Puts the counters on a disk of their own; where none can be mounted, the table says that it is full. */
async function onSmallDisk(world: World): Promise<Disk> {
  const { uid, gid } = userInfo();
  // a server of the matrix does not see what is mounted
  const mounted = IN_MATRIX ? undefined : await mountSmallDisk({ uid, gid });
  if (mounted === undefined) {
    const full = `FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'`;
    return {
      fill: () => world.query(`CREATE TRIGGER full BEFORE INSERT ON fast_counter ${full}`),
      free: () => world.query('DROP TRIGGER full'),
    };
  }
  onTestFinished(async () => {
    await world.query('DROP TABLE fast_counter');
    await mounted.unmount();
  });
  const [table] = await world.query<{ 'Create Table': string }>('SHOW CREATE TABLE fast_counter');
  await world.query('DROP TABLE fast_counter');
  await world.query(`${String(table?.['Create Table'])} DATA DIRECTORY = '${mounted.directory}'`);
  return mounted;
}
