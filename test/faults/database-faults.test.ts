import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectCountedExactly, rowsOf } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { createWorld, type World } from '../support/processes/world.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { expectExactly, mayFail, outageOf } from '../support/told.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
  return () => server.stop();
});

const modes: [string, boolean][] = [
  ['with Redis', false],
  ['embedded', true],
];

/** What counts the first increments of a partition asks the database: afterwards it may go. */
async function allAreCounted(world: World): Promise<void> {
  const isCounted = (row: bigint): boolean => row > 0n;
  await expect.poll(async () => (await rowsOf(world, names)).every(isCounted)).toBe(true);
}

/** In the embedded mode one process does everything. */
async function startProcesses(world: World, embedded: boolean): Promise<CountingProcess[]> {
  if (embedded) return [await world.start({ embedded, updateInterval: 20 })];
  return Promise.all([
    world.start({ updateInterval: 20 }),
    world.start({ updateInterval: 20, workers: false }),
  ]);
}

describe.each(modes)('under load, nothing is lost or counted twice, %s,', (_, embedded) => {
  test('when the database ends the connections of those who persist', async () => {
    const world = await createWorld();
    const [worker, producer = worker] = await startProcesses(world, embedded);
    if (worker === undefined || producer === undefined) return;
    await producer.startLoad({ names, times: 5 });
    await allAreCounted(world);
    const isFelt = (): boolean => worker.reported('persistFailed').length > 0;
    for (let round = 0; round < 30 || !isFelt(); round++) {
      await world.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      await sleep(30);
    }
    expect((await producer.stopLoad()).failed).toEqual({});
    await expectCountedExactly(world, worker, names);
    await expectExactly(world.processes, {
      persistFailed: 'some',
      // a commit whose answer did not come
      duplicateSkipped: 'may',
      // where a partition fails twice, or a read finds its connection ended
      ...mayFail('persist', 'read'),
    });
  });

  test('when the database crashes and stays away for a while', async () => {
    const world = await createWorld({ databaseUrl: await server.createDatabase() });
    const [worker, producer = worker] = await startProcesses(world, embedded);
    if (worker === undefined || producer === undefined) return;
    await producer.startLoad({ names, times: 5 });
    await allAreCounted(world);

    await server.kill();
    const { rounds } = await producer.stopLoad();
    const acknowledged = async () => (await world.tally('counter:0')).acknowledged;
    const before = await acknowledged();
    await producer.startLoad({ names, times: 5 });
    await expect.poll(acknowledged).toBeGreaterThan(before + 50n);
    const during = await producer.stopLoad();
    expect(rounds).toBeGreaterThan(0);
    expect(during.failed).toEqual({});

    await server.restart();
    await expectCountedExactly(world, worker, names);
    const ofPersisting = (event: string): unknown[] =>
      worker.reported(event).filter(({ of }) => of === 'persist');
    expect(ofPersisting('outage')).toHaveLength(1);
    await expect.poll(() => ofPersisting('recovery')).toHaveLength(1);
    expect(worker.reported('outage').filter(({ of }) => of === 'queue')).toEqual([]);
    await expectExactly(world.processes, {
      ...outageOf('persist'),
      ...mayFail('read'),
      persistFailed: 'some',
      duplicateSkipped: 'may',
    });
  });
});
