import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { partitioner } from '../../lib/words/partitioner.js';
import { drain, expectCountedExactly } from '../support/processes/checks.js';
import { createWorld, type World } from '../support/processes/world.js';
import { repeatedly } from '../support/repeatedly.js';
import { createDatabase } from '../support/servers/postgres.js';
import { expectExactly, mayFail } from '../support/told.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client(databaseUrl);
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function rollbacks(world: World): Promise<number> {
  const [row] = await world.query<{ value: string }>(
    'SELECT xact_rollback AS value FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.value);
}

describe('nothing is lost or counted twice', () => {
  test('when the database ends a deadlock at the expense of a worker', async () => {
    const databaseUrl = await createDatabase(inject('databaseUrl'));
    const world = await createWorld({ databaseUrl });
    const [first = '', second = ''] = ofOnePartition();
    const foreign = await connect(databaseUrl);
    const database = new URL(databaseUrl).pathname.slice(1);
    // who waits so long looks for a deadlock, once: by then there is one, also on a busy machine
    await foreign.query(`ALTER DATABASE ${database} SET deadlock_timeout = '5s'`);
    // no other limit ends the wait for the lock
    const worker = await world.start({ databaseTimeout: 600_000 });
    await worker.incr([first, second]);
    await worker.flush();

    const lock = (name: string) =>
      foreign.query('SELECT FROM fast_counter WHERE name = $1 FOR UPDATE', [name]);
    // who finds the deadlock is its victim: not this one
    await foreign.query(`SET deadlock_timeout = '60s'`);
    await foreign.query('BEGIN');
    await lock(second);
    await worker.incr([first, second], { times: 2 });
    await expect.poll(() => waiting(world)).toBe(1);
    await lock(first);
    await foreign.query('COMMIT');

    await drain(worker);
    expect([await world.row(first), await world.row(second)]).toEqual([3n, 3n]);
    expect(await worker.getCounts([first, second])).toEqual([3n, 3n]);
    // repeated at once, not left to the next job
    expect(worker.reported('persistFailed')).toEqual([]);
    await expectExactly(world.processes, {});
  });

  test.each(['repeatable read', 'serializable'])(
    'when all transactions of the database are %s, and others write the same rows',
    async (isolation) => {
      const databaseUrl = await createDatabase(inject('databaseUrl'));
      const foreign = await connect(databaseUrl);
      const database = new URL(databaseUrl).pathname.slice(1);
      await foreign.query(
        `ALTER DATABASE ${database} SET default_transaction_isolation = '${isolation}'`,
      );
      const world = await createWorld({ databaseUrl });
      const [producer, worker] = await Promise.all([
        world.start({ workers: false, updateInterval: 0 }),
        world.start(),
        world.start(),
      ]);
      await producer.startLoad({ names, times: 3 });
      await expect.poll(() => world.row('counter:9')).toBeGreaterThan(0n);
      const touching = repeatedly(() =>
        foreign.query(
          `BEGIN ISOLATION LEVEL READ COMMITTED;
           UPDATE fast_counter SET updated_at = now() WHERE name IN ('counter:1', 'counter:5');
           SELECT pg_sleep(0.01); COMMIT`,
        ),
      );
      await expect.poll(() => rollbacks(world), { interval: 100 }).toBeGreaterThan(5);
      await touching.stop();
      expect((await producer.stopLoad()).failed).toEqual({});
      await expectCountedExactly(world, worker, names);
      await expectExactly(world.processes, {
        persistFailed: 'may',
        duplicateSkipped: 'may',
        ...mayFail('persist'),
      });
    },
  );

  test('when a process has one connection to the database for all that it does', async () => {
    const world = await createWorld();
    const process = await world.start({ database: { poolSize: 1 }, updateInterval: 0 });
    await process.startLoad({ names, times: 3 });
    for (let round = 0; round < 8; round++) {
      await process.flush();
      // not cached: from the table
      await process.getCounts([`unknown:${round}`, ...names]);
    }
    expect((await process.stopLoad()).failed).toEqual({});
    await expectCountedExactly(world, process, names);
    await expectExactly(world.processes, {});
  });
});

/** Two names in their order that fall due together. */
function ofOnePartition(): string[] {
  const partitionOf = partitioner(5);
  return names.filter((name) => partitionOf(name) === 0).slice(0, 2);
}

/** How many wait for a lock in this database. */
async function waiting(world: World): Promise<number> {
  const rows = await world.query(
    `SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE datname = current_database() AND NOT granted`,
  );
  return rows.length;
}
