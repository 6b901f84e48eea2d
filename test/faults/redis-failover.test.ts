import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { drain, rowsOf } from '../support/processes/checks.js';
import { type CountingProcess, ProcessError } from '../support/processes/counting-process.js';
import { createWorld, type World } from '../support/processes/world.js';
import { redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { expectExactly, mayFail } from '../support/told.js';

const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);
const all = (value: bigint): bigint[] => names.map(() => value);
const later = { updateInterval: 600_000 };

let primary: RedisServer;
let replica: RedisServer;
/** Between the processes and whoever is the primary. */
let clients: TcpProxy;
/** Between the primary and the replica. */
let replication: TcpProxy;
let world: World;

beforeEach(async () => {
  const settings = ['--save', '', '--repl-diskless-sync-delay', '0'];
  primary = await startRedis({ arguments: settings });
  replication = await startTcpProxy(primary.url);
  replica = await startRedis({
    arguments: [...settings, '--replicaof', '127.0.0.1', String(replication.port)],
  });
  clients = await startTcpProxy(primary.url);
  onTestFinished(async () => {
    await Promise.all([clients.stop(), replication.stop()]);
    await Promise.all([primary.stop(), replica.stop()]);
  });
  world = await createWorld({ redisUrl: clients.url });
  await replicated();
});

/** All that the primary has is on the replica. */
async function replicated(): Promise<void> {
  const command = await redisCommands(primary.url);
  // WAIT is about what its connection has written: all that came before is there, too
  await command('SET', 'written', 'last');
  await expect.poll(() => command('WAIT', '1', '100')).toBe(1);
}

/** Nothing arrives at the replica any more, and the primary does not know. */
function stopReplication(): void {
  replication.set({ swallow: 'both' });
}

/** The replica takes the place of the primary, with what it has. */
async function failOver(): Promise<void> {
  await (
    await redisCommands(replica.url)
  )('REPLICAOF', 'NO', 'ONE');
  clients.direct(replica.url);
  await primary.kill();
}

/** On a new connection, which wrote nothing, every replica has all that it wrote. */
function cutConfirmations(times: number): { left: number } {
  const cuts = { left: times };
  clients.observe((chunk, direction, connection) => {
    if (direction !== 'toServer' || !chunk.includes('WAIT\r\n') || cuts.left === 0) return;
    cuts.left--;
    connection.cut();
  });
  return cuts;
}

async function count(process: CountingProcess, times: number): Promise<void> {
  expect(await process.incr(names, { times })).toEqual({
    acknowledged: times * names.length,
    failed: {},
  });
}

/** Counts on from these values, exactly, in reads and rows. */
async function expectToGoOn(process: CountingProcess, values: bigint[]): Promise<void> {
  const read = () => process.getCounts(names).catch(String);
  await expect.poll(read).toEqual(values);
  const { failed } = await process.incr(names, { times: 3 });
  expect(failed).toEqual({});
  await drain(process);
  const after = values.map((value) => value + 3n);
  expect(await rowsOf(world, names)).toEqual(after);
  expect(await process.getCounts(names)).toEqual(after);
}

describe('when Redis fails over to a replica', () => {
  test('that has everything, nothing is lost or counted twice', async () => {
    const process = await world.start(later);
    await count(process, 10);
    await process.flush();
    await count(process, 5);
    await replicated();
    await failOver();
    await expectToGoOn(process, all(15n));
    await expectExactly(world.processes, {
      ...mayFail('write', 'read', 'persist', 'queue'),
      persistFailed: 'may',
    });
  });

  test('that lags, what was not persisted is lost, what was persisted is not counted again', async () => {
    const process = await world.start(later);
    await count(process, 10);
    await replicated();
    stopReplication();
    await process.flush();
    await count(process, 5);
    await process.flush();
    await count(process, 4);
    expect(await rowsOf(world, names)).toEqual(all(15n));

    await failOver();
    await drain(process);
    expect(await rowsOf(world, names)).toEqual(all(15n));
    // told at least once, by who finds out: a worker, a sweep, or both
    const parked = () => process.reported('parked').map(({ partition }) => Number(partition));
    await expect.poll(() => [...new Set(parked())].sort()).toEqual([0, 1, 2, 3, 4]);
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
});

describe('with durable claims, when Redis fails over to a replica', () => {
  const durable = { durableClaims: { replicas: 1, timeout: 100 }, flushTimeout: 1500 };

  test('that has everything, nothing is lost or counted twice', async () => {
    const process = await world.start({ ...later, ...durable });
    await count(process, 10);
    await process.flush();
    await count(process, 5);
    await replicated();
    // the replica is the only one now: nothing that needs another is persisted
    await failOver();
    await expect.poll(() => process.getCounts(names).catch(String)).toEqual(all(15n));
    await expect(process.flush()).rejects.toMatchObject({ code: 'FLUSH_TIMEOUT' });
    expect(await rowsOf(world, names)).toEqual(all(10n));
    await expectExactly(
      world.processes,
      {
        'outage persist': 'once',
        persistFailed: 'some',
        ...mayFail('write', 'read', 'queue'),
      },
      ['FC-NOT-PERSISTING'],
    );
  });

  test.each(['node-redis', 'iovalkey'] as const)(
    'that lags, only increments are lost, which is told, and nothing is parked, over %s',
    async (client) => {
      const process = await world.start({ ...later, ...durable, client });
      await count(process, 10);
      await process.flush();
      await replicated();
      stopReplication();
      const cuts = cutConfirmations(10);
      await count(process, 5);
      await expect(process.flush()).rejects.toBeInstanceOf(ProcessError);
      await expect.poll(() => cuts.left).toBe(0);
      const refusals = () => process.reported('persistFailed').map(({ error }) => error);
      await expect.poll(refusals).toContainEqual(expect.stringContaining('A batch is not durable'));
      expect(await rowsOf(world, names)).toEqual(all(10n));
      expect(await process.getCounts(names)).toEqual(all(15n));

      await failOver();
      const other = await world.start({ workers: true });
      await expectToGoOn(other, all(10n));
      expect((await process.incr(names)).failed).toEqual({});
      await expect.poll(() => process.reported('redisLostWrites').length).toBeGreaterThan(0);
      await expectExactly(
        world.processes,
        {
          redisLostWrites: 'some',
          persistFailed: 'some',
          ...mayFail('write', 'read', 'persist', 'queue'),
        },
        ['FC-LOST-WRITES'],
      );
    },
  );

  test('in between, a claim that the replica has is counted once', async () => {
    const process = await world.start({ ...durable, signalAt: { point: 'after commit' } });
    const incr = process.incr('counter', { times: 10 });
    expect(await process.ended).toMatchObject({ signal: 'SIGKILL' });
    await incr.catch(() => undefined);
    await failOver();
    const other = await world.start();
    await drain(other);
    expect(await world.row('counter')).toBe(10n);
    expect(await other.getCount('counter')).toBe(10n);
    expect(other.reported('duplicateSkipped')).not.toEqual([]);
    expect(other.reported('parked')).toEqual([]);
    await expectExactly(world.processes, {
      duplicateSkipped: 'some',
      ...mayFail('write', 'read', 'persist', 'queue'),
      persistFailed: 'may',
    });
  });

  test('and the replica comes back, what waited for it is persisted once', async () => {
    const process = await world.start({ ...durable, updateInterval: 20 });
    await count(process, 10);
    await process.flush();
    stopReplication();
    await count(process, 5);
    const refused = () => process.reported('persistFailed').length;
    await expect.poll(refused).toBeGreaterThan(3);
    expect(await rowsOf(world, names)).toEqual(all(10n));

    replication.set({ swallow: 'nothing' });
    replication.cut();
    await expect.poll(() => rowsOf(world, names)).toEqual(all(15n));
    await expectToGoOn(process, all(15n));
    expect(process.reported('parked')).toEqual([]);
    await expectExactly(world.processes, {
      persistFailed: 'some',
      ...mayFail('write', 'read', 'persist', 'queue'),
      duplicateSkipped: 'may',
    });
  });
});
