import { once } from 'node:events';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { counterName } from '../measure/names.js';
import { oneByOne } from '../measure/turns.js';
import { type DatabaseType, type OpenSubject, urlOf, type World } from '../subject.js';
import { startCounting } from './application.js';

/** What this package puts in a batch. */
const BATCH = 500;
/** Persisted in a run. */
const BATCHES = 60;

/** Updates of every row before it is measured. */
const UPDATES = 12;

const names = Array.from({ length: BATCH * BATCHES }, (_, index) => counterName(index));

/**
 * Batches as workers persist them: claimed, applied under locks and the ledger, acknowledged; those of a
 * partition one after the other. The rows exist.
 */
export const persister: OpenSubject = async (world, { partitions, database = 'postgres' }) => {
  const options = { queue: { count: Number(partitions) }, updateInterval: 600_000 };
  const type = database as DatabaseType;
  const { counters, events, close } = await startCounting(world, options, 1, type);
  const count = async (): Promise<void> => {
    await counters.incrMany(names.map((name) => ({ name })));
  };
  await count();
  await counters.flush();
  // InnoDB updates rows where they are
  if (type === 'postgres') await settle(world.postgres.url, 'fast_counter');
  return {
    async run(_task, clock) {
      await count();
      const flushed = counters.flush();
      // from the end of the first to the end of the last: each with its claim and acknowledgement
      const [first] = (await once(events, 'persisted')) as [{ counters: number }];
      clock.begin();
      const operations = names.length - first.counters;
      let left = operations;
      let seconds = 0;
      const persisted = ({ counters: rows }: { counters: number }): void => {
        left -= rows;
        if (left === 0) seconds = clock.end();
      };
      events.on('persisted', persisted);
      await flushed;
      events.off('persisted', persisted);
      return { operations, seconds };
    },
    close,
  };
};

/**
 * Makes it a table that is in use. In a new one pages are full: the first updates of a row put new versions on
 * other pages and into the index, and cost twice as much as those that come later.
 */
async function settle(connectionString: string, table: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const text = `UPDATE ${table} SET value = value WHERE name = ANY($1)`;
  for (let i = 0; i < UPDATES * names.length; i += BATCH) {
    const from = i % names.length;
    await client.query(text, [names.slice(from, from + BATCH)]);
  }
  await client.end();
}

const UPSERT = `
  INSERT INTO counter (namespace, name, value, created_at, updated_at)
  SELECT 'default', added.name, 1, now(), now() FROM unnest($1::text[]) AS added(name)
  ON CONFLICT (namespace, name) DO UPDATE
    SET value = counter.value + excluded.value, updated_at = excluded.updated_at`;

/** The ceiling: one statement for `rows` counters, committed, without locks or ledger. */
export const upsert: OpenSubject = async (world, { rows, database }) => {
  const { statement, close } =
    database === 'mariadb' ? await inMariadb(urlOf(world, 'mariadb')) : await inPostgres(world);
  const size = Number(rows);
  let position = 0;
  return {
    async run(task, clock) {
      const next = async (): Promise<void> => {
        await statement(names.slice(position, position + size));
        position = (position + size) % names.length;
      };
      const outcome = await oneByOne(next, task, clock);
      return { ...outcome, operations: outcome.operations * size, latencies: undefined };
    },
    close,
  };
};

interface Upserting {
  statement: (batch: readonly string[]) => Promise<unknown>;
  close: () => Promise<void>;
}

async function inPostgres({ postgres }: World): Promise<Upserting> {
  const pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
  await pool.query(
    `CREATE TABLE counter (
       namespace varchar(64) COLLATE "C", name varchar(191) COLLATE "C", value bigint NOT NULL,
       created_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL,
       PRIMARY KEY (namespace, name))`,
  );
  const statement = (batch: readonly string[]): Promise<unknown> =>
    pool.query({ name: 'upsert', text: UPSERT, values: [batch] });
  for (let i = 0; i < names.length; i += BATCH) await statement(names.slice(i, i + BATCH));
  await settle(postgres.url, 'counter');
  return { statement, close: () => pool.end() };
}

async function inMariadb(uri: string): Promise<Upserting> {
  const pool = mysql.createPool({ uri, connectionLimit: 1 });
  await pool.query(
    `CREATE TABLE counter (
       namespace varchar(64) COLLATE utf8mb4_nopad_bin, name varchar(191) COLLATE utf8mb4_nopad_bin,
       value bigint NOT NULL, created_at datetime(3) NOT NULL, updated_at datetime(3) NOT NULL,
       PRIMARY KEY (namespace, name)) CHARACTER SET utf8mb4`,
  );
  const statement = (batch: readonly string[]): Promise<unknown> => {
    const rows = batch.map(() => "('default', ?, 1, utc_timestamp(3), utc_timestamp(3))").join();
    return pool.query(
      `INSERT INTO counter (namespace, name, value, created_at, updated_at) VALUES ${rows}
       ON DUPLICATE KEY UPDATE value = value + VALUES(value), updated_at = VALUES(updated_at)`,
      [...batch],
    );
  };
  for (let i = 0; i < names.length; i += BATCH) await statement(names.slice(i, i + BATCH));
  return { statement, close: () => pool.end() };
}
